/// What a layout is, for someone who has never seen the inside of an HDF5 file.
enum LayoutWords {
  static func of(_ name: String) -> String { words[name] ?? "a layout without a description" }

  private static let words = [
    "own": "written by vitalcohort",
    "netcdf": "netCDF variables by the CF conventions",
    "pandas": "a pandas data frame",
    "labchart": "a LabChart export, one patient",
    "acqknowledge": "an AcqKnowledge export, one patient",
    "matlab": "MATLAB cells or structs",
    "nwb": "a recording in Neurodata Without Borders, one patient",
    "snirf": "near-infrared spectroscopy in SNIRF, a patient per recording",
    "anndata": "AnnData or ehrdata, values of patients, variables and time",
    "vaex": "a table exported by vaex",
    "opensignals": "a recording of OpenSignals, one patient",
    "tdms": "LabVIEW's TDMS channels, one patient",
    "lsl": "streams of the Lab Streaming Layer, one patient",
    "octave": "variables saved by Octave",
    "prevent": "a monitor export by PreVent, one patient",
    "icmplus": "an ICM+ recording, one patient",
    "moberg": "signals with timestamps, one patient",
    "ccdef": "CCDEF signals, one patient",
    "windows": "rows of all patients, with where each begins and ends",
    "events": "charted values of all patients, one after another",
    "ragged": "rows of all patients, one after another",
    "lists": "a list of values per patient and channel",
    "records": "a table of records",
    "columns": "a table with a dataset per column",
    "readings": "values with times, signal by signal",
    "pairs": "times and values in one dataset per signal",
    "segments": "windows of records, a patient each",
    "list": "a list of arrays, a patient each",
    "groups": "a group per patient",
    "array": "one block of numbers",
    "sheets": "a matrix of patients and time per channel",
    "series": "one long series, one patient",
  ]
}
