# One patient of a synthetic cohort as on a monitor, as in 1_plot.py.
#   Rscript plot_cohort.R synthetic.h5 patient.png
# Needs rhdf5 (Bioconductor) or hdf5r (CRAN, Debian's r-cran-hdf5r); takes what is there.

arguments <- commandArgs(trailingOnly = TRUE)
if (length(arguments) != 2) stop("usage: Rscript plot_cohort.R synthetic.h5 patient.png")

if (requireNamespace("rhdf5", quietly = TRUE)) {
  attribute <- function(object, name) rhdf5::h5readAttributes(arguments[1], object)[[name]]
  values <- function(name) rhdf5::h5read(arguments[1], name)
} else if (requireNamespace("hdf5r", quietly = TRUE)) {
  file <- hdf5r::H5File$new(arguments[1], mode = "r")
  attribute <- function(object, name) {
    if (object == "/") hdf5r::h5attr(file, name) else hdf5r::h5attr(file[[object]], name)
  }
  values <- function(name) file[[name]]$read()
} else {
  stop("install rhdf5 or hdf5r")
}

channels <- as.character(attribute("/", "channels"))
hours <- as.numeric(values("time")) / 3600
longest <- which.max(values("length"))

# R reads arrays with the axes the other way round: [time, patient].
png(arguments[2], width = 800, height = 105 * length(channels) + 60)
par(mfrow = c(length(channels), 1), mar = c(0.6, 6, 0.3, 1), oma = c(3.5, 0, 2, 0), las = 1, cex = 0.9)
for (channel in channels) {
  plot(hours, values(channel)[, longest],
    type = "o", pch = 20, cex = 0.6, col = "#c2500a", xaxt = "n", xlab = "", bty = "l",
    ylab = paste0(channel, "\n", attribute(channel, "units"))
  )
  grid(col = "#dfe3e8")
}
axis(1, outer = FALSE)
mtext("time since admission [h]", side = 1, outer = TRUE, line = 2.2, las = 0)
mtext(paste("Patient", values("patient")[longest]), side = 3, outer = TRUE, adj = 0, font = 2, las = 0)
invisible(dev.off())
