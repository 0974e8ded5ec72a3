extension VitalSign {
  /// Values measured in blood.
  static let laboratory: [VitalSign] = [
    VitalSign(
      "Glucose", "glucose", loinc: "2345-7",
      [(.milligramPerDeciliter, 5...2000), (.millimolePerLiter, 0.3...110)],
      codes: ["mmol/L": "14749-6"], names: "glu bloodglucose glc gluc bg"),
    VitalSign(
      "Lactate", "lactate", loinc: "2524-7",
      [(.millimolePerLiter, 0.05...40), (.milligramPerDeciliter, 0.5...360)],
      codes: ["mg/dL": nil], names: "lact lac lacticacid"),
    VitalSign(
      "Creatinine", "creatinine", loinc: "2160-0",
      [(.milligramPerDeciliter, 0.05...40), (.micromolePerLiter, 4...3500)], codes: ["umol/L": "14682-9"],
      names: "crea creat cr scr serumcreatinine"),
    VitalSign(
      "BUN", "urea nitrogen", loinc: "3094-0",
      [(.milligramPerDeciliter, 0...300), (.millimolePerLiter, 0...107)],
      codes: ["mmol/L": "14937-7"], names: "bloodureanitrogen urean"),
    VitalSign(
      "Na", "sodium", loinc: "2951-2",
      [(.millimolePerLiter, 80...200), (.milliequivalentPerLiter, 80...200)],
      names: "serumsodium"),
    VitalSign(
      "K", "potassium", loinc: "2823-3", [(.millimolePerLiter, 1...15), (.milliequivalentPerLiter, 1...15)],
      names: "serumpotassium"),
    VitalSign(
      "Cl", "chloride", loinc: "2075-0",
      [(.millimolePerLiter, 50...160), (.milliequivalentPerLiter, 50...160)],
      names: "serumchloride"),
    VitalSign(
      "HCO3", "bicarbonate", loinc: "1963-8",
      [(.millimolePerLiter, 1...70), (.milliequivalentPerLiter, 1...70)],
      names: "bicar bicarb"),
    VitalSign(
      "Anion gap", "anion gap", [(.millimolePerLiter, -20...80), (.milliequivalentPerLiter, -20...80)],
      names: "ag agap"),
    VitalSign(
      "Mg", "magnesium", loinc: "19123-9",
      [
        (.milligramPerDeciliter, 0.2...15), (.millimolePerLiter, 0.1...10),
        (.milliequivalentPerLiter, 0.2...12),
      ],
      codes: ["mmol/L": "2601-3", "meq/L": nil], names: "serummagnesium"),
    VitalSign(
      "Ca", "calcium, total", loinc: "17861-6",
      [(.milligramPerDeciliter, 2...25), (.millimolePerLiter, 0.5...6.5)],
      codes: ["mmol/L": "2000-8"], names: "calcium totalcalcium"),
    VitalSign(
      "iCa", "calcium, ionised", loinc: "1995-0",
      [(.millimolePerLiter, 0.2...4), (.milligramPerDeciliter, 0.8...16)],
      codes: ["mg/dL": nil], names: "cai calciumionized ionizedcalcium caion freecalcium"),
    VitalSign(
      "Phosphate", "phosphate", loinc: "2777-1",
      [(.milligramPerDeciliter, 0.1...25), (.millimolePerLiter, 0.03...8)], codes: ["mmol/L": nil],
      names: "phos phosphorous phosphorus po4"),
    VitalSign(
      "Hb", "haemoglobin", loinc: "718-7",
      [(.gramPerDeciliter, 1...30), (.gramPerLiter, 10...300), (.millimolePerLiter, 0.6...19)],
      codes: ["mmol/L": "59260-0"], names: "hgb hemoglobin"),
    VitalSign(
      "Hct", "haematocrit", loinc: "4544-3", [(.percent, 5...80), (.fraction, 0.05...0.8)],
      names: "hematocrit"),
    VitalSign(
      "WBC", "leucocytes", loinc: "6690-2", [(.thousandPerMicroliter, 0...1000)],
      names: "whitebloodcellcount leukocytes whitebloodcells wbcc leuko"),
    VitalSign(
      "Platelets", "platelets", loinc: "777-3", [(.thousandPerMicroliter, 0...3000)],
      names: "plt platelet plateletcount thrombocytes"),
    VitalSign(
      "pH", "pH of blood", loinc: "11558-4", [(.fraction, 6.3...8.2)], names: "phblood phart arterialph"),
    VitalSign(
      "pCO2", "carbon dioxide partial pressure in blood", loinc: "11557-6",
      [(.mmHg, 5...250), (.kPa, 0.6...34)],
      names: "paco2 pco2arterial partialpressureofcarbondioxide arterialpco2"),
    VitalSign(
      "pO2", "oxygen partial pressure in blood", loinc: "11556-8", [(.mmHg, 5...760), (.kPa, 0.6...102)],
      names: "pao2 po2arterial partialpressureofoxygen arterialpo2"),
    VitalSign(
      "BE", "base excess", loinc: "11555-0",
      [(.millimolePerLiter, -50...50), (.milliequivalentPerLiter, -50...50)],
      names: "baseexc"),
    VitalSign(
      "Methaemoglobin", "methaemoglobin share", loinc: "2614-6", [(.percent, 0...80)],
      names: "methb methemoglobin"),
    VitalSign(
      "Bilirubin", "bilirubin, total", loinc: "1975-2",
      [(.milligramPerDeciliter, 0...80), (.micromolePerLiter, 0...1400)], codes: ["umol/L": "14631-6"],
      names: "bili totalbilirubin bilirubintotal tbil"),
    VitalSign(
      "Bilirubin direct", "bilirubin, direct", loinc: "1968-7",
      [(.milligramPerDeciliter, 0...60), (.micromolePerLiter, 0...1000)], codes: ["umol/L": nil],
      names: "bilidir directbilirubin dbil"),
    VitalSign(
      "Albumin", "albumin", loinc: "1751-7", [(.gramPerDeciliter, 0.3...8), (.gramPerLiter, 3...80)],
      names: "alb serumalbumin"),
    VitalSign(
      "Troponin I", "troponin I", loinc: "10839-9",
      [(.nanogramPerMilliliter, 0...1000), (.nanogramPerLiter, 0...1_000_000)],
      codes: ["ng/L": nil], names: "tni tropi troponini"),
    VitalSign(
      "Troponin T", "troponin T", loinc: "6598-7",
      [(.nanogramPerMilliliter, 0...100), (.nanogramPerLiter, 0...100_000)],
      codes: ["ng/L": nil], names: "tnt tropt troponint"),
    VitalSign(
      "CK", "creatine kinase", loinc: "2157-6", [(.unitPerLiter, 0...500_000)], names: "cpk creatinekinase"),
    VitalSign(
      "CK-MB", "creatine kinase MB", loinc: "13969-1", [(.nanogramPerMilliliter, 0...2000)], names: "ckmb"),
    VitalSign(
      "ALP", "alkaline phosphatase", loinc: "6768-6", [(.unitPerLiter, 1...10_000)], names: "alkphos ap"),
    VitalSign(
      "ALT", "alanine aminotransferase", loinc: "1742-6", [(.unitPerLiter, 0...50_000)],
      names: "alat gpt sgpt alanineaminotransferase"),
    VitalSign(
      "AST", "aspartate aminotransferase", loinc: "1920-8", [(.unitPerLiter, 0...50_000)],
      names: "asat got sgot asparateaminotransferase"),
    VitalSign(
      "Cholesterol", "cholesterol, total", loinc: "2093-3",
      [(.milligramPerDeciliter, 10...1500), (.millimolePerLiter, 0.2...40)], codes: ["mmol/L": nil],
      names: "chol totalcholesterol"),
    VitalSign(
      "CRP", "C-reactive protein", loinc: "1988-5", [(.milligramPerLiter, 0...1000)],
      names: "creactiveprotein"),
    VitalSign(
      "Fibrinogen", "fibrinogen", loinc: "3255-7",
      [(.milligramPerDeciliter, 5...2500), (.gramPerLiter, 0.05...25)],
      names: "fgn fib"),
    VitalSign(
      "INR", "international normalised ratio", loinc: "6301-6", [(.fraction, 0.5...30)],
      names: "inrpt ptinr"),
    VitalSign("PT", "prothrombin time", loinc: "5902-2", [(.second, 5...300)], names: "prothrombintimept"),
    VitalSign(
      "aPTT", "activated partial thromboplastin time", loinc: "14979-9", [(.second, 10...500)],
      names: "ptt partialthromboplastintime"),
    VitalSign(
      "MCH", "mean corpuscular haemoglobin", loinc: "785-6", [(.picogram, 5...60)],
      names: "meancorpuscularhemoglobin"),
    VitalSign(
      "MCHC", "mean corpuscular haemoglobin concentration", loinc: "786-4",
      [(.gramPerDeciliter, 15...50), (.percent, 15...50)], names: "meancorpuscularhemoglobinconcentration"),
    VitalSign(
      "MCV", "mean corpuscular volume", loinc: "787-2", [(.femtoliter, 30...180)],
      names: "meancorpuscularvolume"),
    VitalSign("Neutrophils", "neutrophil share", loinc: "770-8", [(.percent, 0...100)], names: "neut"),
    VitalSign("Lymphocytes", "lymphocyte share", loinc: "736-9", [(.percent, 0...100)], names: "lymph"),
    VitalSign("Bands", "band neutrophil share", [(.percent, 0...100)], names: "bnd"),
  ]
}
