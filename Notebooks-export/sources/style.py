"""What the notebooks share: where the data are, colours, and how a figure is kept."""
import os
import pathlib

import matplotlib.pyplot as plt

REAL, SYNTHETIC, HOLDOUT, SOFT = "#0b62a8", "#c2500a", "#14785a", "#6f7985"
_folder = pathlib.Path(os.environ.get("NOTEBOOKS_DATA", "../../.build/notebooks/data"))
_figures = pathlib.Path(os.environ.get("NOTEBOOKS_FIGURES", "../figures"))

plt.rcParams.update({
    "figure.dpi": 80, "savefig.dpi": 80, "font.size": 9, "axes.spines.top": False, "axes.spines.right": False,
    "axes.edgecolor": SOFT, "axes.grid": True, "grid.color": "#eceff2", "axes.titlesize": 10,
    "axes.titleweight": "bold", "legend.frameon": False, "axes.axisbelow": True,
})


def data(name):
    """The path of an input that Scripts/notebooks made."""
    return str(_folder / name)


def finish(figure, name):
    """Keeps the figure beside the notebooks; the same numbers give the same bytes."""
    figure.tight_layout()
    _figures.mkdir(parents=True, exist_ok=True)
    figure.savefig(_figures / f"{name}.png", metadata={"Software": None})
    plt.show()
