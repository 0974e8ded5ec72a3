extension VitalSign {
  /// Curves. ECG scales are those of a surface lead; pulse and respiration curves have no fixed scale.
  static let waves: [VitalSign] =
    leads + [
      VitalSign(
        "PPG", "photoplethysmogram", isWave: true,
        [(.arbitrary, nil), (.fraction, nil), (.millivolt, nil), (.volt, nil), (.percent, nil)],
        names: "pleth plethwave ppgraw ppgf plethysmogram plethysmograph spo2wave plethr plethl"),
      VitalSign(
        "ABP", "arterial blood pressure curve", isWave: true, [(.mmHg, -30...350), (.kPa, -4...47)],
        names: "art ao abpraw abpf arterialbloodpressure arterialpressure ibp artwave abpwave fem"),
      VitalSign(
        "Resp", "respiration curve", isWave: true,
        [
          (.ohm, nil), (.arbitrary, nil), (.millivolt, nil), (.volt, nil), (.fraction, nil),
          (.perMinute, nil),
        ],
        names: "respwave respimpedance impedance thoracicimpedance respirationwave"),
      VitalSign(
        "CO2", "capnogram", isWave: true, [(.mmHg, -5...200), (.kPa, -1...27), (.percent, -1...27)],
        names: "capno capnograph co2wave"),
      VitalSign(
        "Paw", "airway pressure curve", isWave: true, [(.cmH2O, -60...150)],
        names: "awp airwaypressure awpwave"),
      VitalSign(
        "EEG", "electroencephalogram", isWave: true, [(.microvolt, -5000...5000), (.millivolt, -5...5)],
        names: "eegwave eeg1 eeg2"),
    ]

  private static let leads: [VitalSign] =
    ["I", "II", "III", "aVR", "aVL", "aVF", "V", "V1", "V2", "V3", "V4", "V5", "V6", "MCL1"].map { lead in
      let key = lead.lowercased()
      return VitalSign(
        "ECG-\(lead)", "electrocardiogram, lead \(lead)", isWave: true,
        [(.millivolt, -20...20), (.microvolt, -20000...20000), (.volt, -0.02...0.02), (.arbitrary, nil)],
        names: "\(key) lead\(key) ecglead\(key) mdcecglead\(key) mdcecgelecpotl\(key) ekg\(key)")
    } + [
      VitalSign(
        "ECG", "electrocardiogram", isWave: true,
        [(.millivolt, -20...20), (.microvolt, -20000...20000), (.volt, -0.02...0.02), (.arbitrary, nil)],
        names: "ekg ecgraw ecgf ecgwave ecg1 ecg2")
    ]
}
