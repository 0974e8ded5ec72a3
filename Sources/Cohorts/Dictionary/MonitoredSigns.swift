// Plausible ranges are wide on purpose: they tell an artefact from a very ill patient, not health from
// illness. Limits follow what the bedside devices themselves can report.
extension VitalSign {
  /// Numbers shown by a bedside monitor or ventilator, or charted by a nurse.
  static let monitored: [VitalSign] = [
    VitalSign(
      "HR", "heart rate", loinc: "8867-4", [(.perMinute, 10...300)],
      names: "hrbpm heartratebpm heartrateecg ecghr ecgheartrate hrecg"),
    VitalSign(
      "PR", "pulse rate", loinc: "8889-8", [(.perMinute, 10...300)],
      names: "pulse pulsespo2 plethhr plethpulserate plethpr pulserateplethwaveform spo2pr spo2pulse"),
    VitalSign(
      "SpO2", "oxygen saturation by pulse oximetry", loinc: "59408-5",
      [(.percent, 20...100), (.fraction, 0.2...1)],
      names: "o2sat sao2pulse plethspo2 oxygensaturation spo2percent o2saturationpulseoxymetry pulseox "
        + "o2saturation pulseoximetry oxygensaturationspo2 spo2pct"),
    VitalSign(
      "SaO2", "oxygen saturation of arterial blood", loinc: "2708-6",
      [(.percent, 20...100), (.fraction, 0.2...1)],
      names: "arterialo2saturation artso2 arterialoxygensaturation"),
    VitalSign(
      "RR", "respiratory rate", loinc: "9279-1", [(.perMinute, 0...150)],
      names: "resp resprate respiration respirationrate respiratoryrateset breathingrate rrtotal rrco2 awrr "
        + "co2rr respiratoryratetotal resprateco2 rrimpedance"),
    VitalSign(
      "SBP", "systolic blood pressure", loinc: "8480-6", [(.mmHg, 20...320), (.kPa, 2.5...43)],
      names: "sysbp bpsys systolic systolicbp sbpmmhg bps bpsystolic"),
    VitalSign(
      "DBP", "diastolic blood pressure", loinc: "8462-4", [(.mmHg, 5...250), (.kPa, 0.5...34)],
      names: "diasbp bpdia bpdias diastolic diastolicbp dbpmmhg bpd bpdiastolic diabp"),
    VitalSign(
      "MAP", "mean blood pressure", loinc: "8478-0", [(.mmHg, 10...280), (.kPa, 1.3...38)],
      names: "mbp meanbp bpmean meanarterialpressure meanarterialbloodpressure mapmmhg meanbloodpressure"),
    VitalSign(
      "ABP-S", "systolic arterial blood pressure, invasive", loinc: "76215-3",
      [(.mmHg, 20...320), (.kPa, 2.5...43)],
      names: "abpsys abpsystolic sysabp artsbp arts artsys absp ibpsys systemicsystolic abpsbp sbpinvasive "
        + "invasivesystolicbloodpressure arterialbloodpressuresystolic invasivesbp isbp femsbp fem1sbp"),
    VitalSign(
      "ABP-D", "diastolic arterial blood pressure, invasive", loinc: "76213-8",
      [(.mmHg, 5...250), (.kPa, 0.5...34)],
      names: "abpdias abpdia abpdiastolic diasabp artdbp artd artdia ibpdia systemicdiastolic abpdbp "
        + "dbpinvasive invasivediastolicbloodpressure arterialbloodpressurediastolic invasivedbp idbp "
        + "femdbp"),
    VitalSign(
      "ABP-M", "mean arterial blood pressure, invasive", loinc: "76214-6",
      [(.mmHg, 10...280), (.kPa, 1.3...38)],
      names: "abpmean abpm artmbp artm artmean ibpmean systemicmean abpmbp mapinvasive "
        + "invasivemeanbloodpressure arterialbloodpressuremean invasivemap femmbp"),
    VitalSign(
      "NBP-S", "systolic blood pressure by cuff", loinc: "76534-7", [(.mmHg, 20...320), (.kPa, 2.5...43)],
      names: "nbps nbpsys nibpsys nibps nisysabp nisbp nibpsbp noninvasivesystolic nbpsystolic nibpsystolic "
        + "noninvasivebpsystolic noninvasivebloodpressuresystolic noninvasivesystolicbloodpressure"),
    VitalSign(
      "NBP-D", "diastolic blood pressure by cuff", loinc: "76535-4", [(.mmHg, 5...250), (.kPa, 0.5...34)],
      names: "nbpd nbpdias nbpdia nibpdia nibpdias nibpd nidiasabp nidbp nibpdbp noninvasivediastolic "
        + "nbpdiastolic nibpdiastolic noninvasivebpdiastolic noninvasivebloodpressurediastolic "
        + "noninvasivediastolicbloodpressure"),
    VitalSign(
      "NBP-M", "mean blood pressure by cuff", loinc: "76536-2", [(.mmHg, 10...280), (.kPa, 1.3...38)],
      names: "nbpm nbpmean nibpmean nibpm nimap nimbp nibpmbp noninvasivemean noninvasivebpmean "
        + "noninvasivebloodpressuremean noninvasivemeanbloodpressure"),
    VitalSign(
      "Temp", "body temperature", loinc: "8310-5", [(.celsius, 20...45), (.fahrenheit, 68...113)],
      names: "temperature t1 bt bodytemp tempc tempf temperaturec temperaturef temperaturecelsius "
        + "temperaturefahrenheit tcore coretemp tskin tblood tesoph trect tempcore"),
    VitalSign(
      "EtCO2", "carbon dioxide at the end of expiration", loinc: "19891-1",
      [(.mmHg, 0...150), (.kPa, 0...20), (.percent, 0...20)], codes: ["%": "19889-5"],
      names: "etco2mmhg endtidalco2 endtidalcarbondioxide co2et"),
    VitalSign(
      "CVP", "central venous pressure", loinc: "60985-9", [(.mmHg, -20...60), (.cmH2O, -27...80)],
      names: "cvpm centralvenouspressuremean"),
    VitalSign(
      "PAP-S", "systolic pulmonary artery pressure", loinc: "8440-0", [(.mmHg, 0...180)],
      names: "paps papsys pasystolic papsbp pulmonaryarterypressuresystolic papsystolic"),
    VitalSign(
      "PAP-D", "diastolic pulmonary artery pressure", [(.mmHg, -10...120)],
      names: "papd papdias papdia padiastolic papdbp pulmonaryarterypressurediastolic papdiastolic"),
    VitalSign(
      "PAP-M", "mean pulmonary artery pressure", loinc: "8414-5", [(.mmHg, -5...140)],
      names: "papm pamean papmbp pulmonaryarterypressuremean"),
    VitalSign(
      "PAP", "pulmonary artery pressure", [(.mmHg, -20...200)],
      names: "pulmonaryarterialpressure papressure"),
    VitalSign(
      "ICP", "intracranial pressure", loinc: "60956-0", [(.mmHg, -30...150), (.cmH2O, -40...200)],
      names: "icpm icp1 icpmmhg"),
    VitalSign(
      "CPP", "cerebral perfusion pressure", [(.mmHg, -50...250)], names: "cppmmhg"),
    VitalSign(
      "PbtO2", "oxygen partial pressure in brain tissue", [(.mmHg, 0...200)], names: "pto2 pbo2 brainto2"),
    VitalSign(
      "FiO2", "fraction of inspired oxygen", loinc: "3150-0", [(.percent, 15...100), (.fraction, 0.15...1)],
      names:
        "fractioninspiredoxygen fractioninspiredoxygenset inspiredoxygenfraction fio2set inspiredo2fraction"
        + " inspiredoxygen"),
    VitalSign(
      "PEEP", "positive end-expiratory pressure", [(.cmH2O, 0...50)], names: "peepset"),
    VitalSign(
      "Ppeak", "peak airway pressure", [(.cmH2O, 0...120)],
      names: "pip peakinspiratorypressure peakinsppressure pawpeak pmax"),
    VitalSign(
      "Paw-M", "mean airway pressure", [(.cmH2O, 0...80)], names: "map pawmean meanairwaypressure pmean"),
    VitalSign(
      "VT", "tidal volume", [(.milliliter, 0...3000)],
      names: "tidalvolumeset tidalvolumeobserved tidalvolumespontaneous vte tv tvexp tidalvol"),
    VitalSign(
      "MV", "minute ventilation", [(.literPerMinute, 0...60)], names: "minutevolume mve minutevent"),
    VitalSign(
      "PI", "perfusion index", loinc: "61006-3", [(.percent, 0...30), (.arbitrary, 0...30)],
      names: "perf perfusion plethperfrel perfrel"),
    VitalSign("PVC", "premature ventricular contractions", [(.perMinute, 0...200)], names: "vpb pvcrate"),
    VitalSign(
      "QTc", "corrected QT interval", loinc: "8636-3", [(.millisecond, 150...900), (.second, 0.15...0.9)],
      names: "qtcinterval"),
    VitalSign("BIS", "bispectral index", [(.fraction, 0...100)], names: "bisindex"),
    VitalSign(
      "CO", "cardiac output", [(.literPerMinute, 0.3...30)], names: "cardiacoutputthermodilution cco"),
    VitalSign(
      "GCS", "Glasgow coma score", loinc: "9269-2", [(.fraction, 3...15)],
      names: "gcstotal glasgowcomascale glasgowcomascaletotal glasgowcomascore totalgcs"),
    VitalSign(
      "GCS-E", "Glasgow coma score, eyes", loinc: "9267-6", [(.fraction, 1...4)],
      names: "gcseye gcseyes egcs glasgowcomascaleeyeopening"),
    VitalSign(
      "GCS-M", "Glasgow coma score, motor", loinc: "9268-4", [(.fraction, 1...6)],
      names: "gcsmotor mgcs glasgowcomascalemotorresponse"),
    VitalSign(
      "GCS-V", "Glasgow coma score, verbal", loinc: "9270-0", [(.fraction, 1...5)],
      names: "gcsverbal vgcs glasgowcomascaleverbalresponse"),
    VitalSign(
      "Urine", "urine output", loinc: "9187-6", [(.milliliter, 0...12000), (.milliliterPerHour, 0...3000)],
      names: "urineout uo urinevolume urineoutputhourly"),
    VitalSign(
      "Weight", "body weight", loinc: "29463-7", [(.kilogram, 0.3...400)], names: "wt bodyweightkg weightkg"),
    VitalSign(
      "Height", "body height", loinc: "8302-2", [(.centimeter, 25...250)], names: "ht heightcm"),
  ]
}
