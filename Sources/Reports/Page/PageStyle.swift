/// The page's style sheet: light and dark, screen, phone and paper.
///
/// Real is blue and solid with dots, synthetic orange and dashed with triangles: the pair is told apart in every
/// common form of colour blindness, and by its dashes in none.
enum PageStyle {
  static let text = base + forms + colours + elsewhere

  private static let base = """
    :root{--bg:#f5f6f8;--card:#fff;--ink:#18212b;--soft:#566170;--rule:#dfe3e8;--faint:#eceff2;
    --real:#0b62a8;--synthetic:#c2500a;--holdout:#14785a;--floor:#6f7985;--other:#7a4fa0;
    --good:#0b6e63;--doubtful:#8a5a00;--bad:#b3261e;--good-bg:#e8f4f2;--doubtful-bg:#fbf3e0;--bad-bg:#fbeae9;--on:#fff;--field:#cfd6dd}
    @media (prefers-color-scheme:dark){:root{--bg:#0e1317;--card:#161d23;--ink:#e4e9ee;--soft:#9aa7b4;--rule:#2c363f;--faint:#212a32;
    --real:#69b4f5;--synthetic:#ff9d57;--holdout:#5ccfa6;--floor:#8b97a3;--other:#c79cf0;
    --good:#5cc9b8;--doubtful:#e9b84e;--bad:#ff8a80;--good-bg:#12292a;--doubtful-bg:#2c2614;--bad-bg:#331b1c;--on:#0e1317;--field:#3d4954}}
    *{box-sizing:border-box}
    html{scroll-padding-top:1rem;-webkit-text-size-adjust:100%}
    body{margin:0;background:var(--bg);color:var(--ink);font:15px/1.5 system-ui,-apple-system,"Segoe UI",Roboto,"Helvetica Neue",sans-serif;overflow-wrap:anywhere}
    header,main{max-width:1120px;margin:0 auto;padding:0 1.25rem}
    header{padding-top:2.2rem}main{padding-bottom:4rem}
    h1{font-size:1.55rem;line-height:1.25;font-weight:650;margin:0;letter-spacing:-.01em}
    header p{margin:.25rem 0 0;color:var(--soft)}
    h2{font-size:1.25rem;margin:0 0 .2rem;letter-spacing:-.005em}h3{font-size:1rem;margin:1.8rem 0 .2rem}h4{font-size:.85rem;margin:0 0 .2rem;font-weight:600}
    a{color:inherit;text-decoration-color:var(--floor);text-underline-offset:2px}
    p{margin:.3rem 0}.lead,.caption{color:var(--soft);max-width:75ch}.caption{font-size:.88rem}
    small,code{font-size:.8rem;color:var(--soft);font-weight:400}code{font-family:ui-monospace,Menlo,Consolas,monospace;font-size:.72rem}
    .symbols{position:absolute}.shape{width:1em;height:1em;flex:none;vertical-align:-.12em;margin-right:.35em}
    .mark-good{fill:var(--good)}.mark-doubtful{fill:var(--doubtful)}.mark-bad{fill:var(--bad)}.mark-none{fill:var(--soft)}
    symbol path{fill:none;stroke:var(--on);stroke-width:2.2;stroke-linecap:round;stroke-linejoin:round}symbol .body{fill:inherit;stroke:none}
    .spoken{position:absolute;width:1px;height:1px;overflow:hidden;clip-path:inset(50%);white-space:nowrap}
    .banner{display:grid;grid-template-columns:auto 1fr;gap:0 1.1rem;background:var(--good-bg);border:1px solid var(--good);border-left-width:6px;border-radius:8px;padding:1.1rem 1.3rem;margin:1.3rem 0}
    .banner.doubtful{background:var(--doubtful-bg);border-color:var(--doubtful)}.banner.bad{background:var(--bad-bg);border-color:var(--bad)}.banner.none{background:var(--card);border-color:var(--soft)}
    .banner>.shape{width:3.1rem;height:3.1rem;margin:.1rem 0 0}
    .banner h2{font-size:1.7rem;line-height:1.2;margin:0;color:var(--good)}.banner.doubtful h2{color:var(--doubtful)}.banner.bad h2{color:var(--bad)}.banner.none h2{color:var(--soft)}
    .deciding{grid-column:2;margin-top:.7rem}.deciding h3{font-size:.78rem;margin:0;color:var(--soft);font-weight:600}
    .deciding ul{margin:.2rem 0 0;padding-left:1.1rem}.deciding li{margin:.3rem 0}.deciding a{font-weight:600}.deciding li span{display:block}.more{color:var(--soft)}
    .facts{display:grid;grid-template-columns:repeat(auto-fill,minmax(min(100%,150px),1fr));gap:.6rem 1.5rem;margin:1.2rem 0}
    .facts .long{grid-column:1/-1}.facts dt{font-size:.78rem;color:var(--soft)}.facts dd{margin:0;font-variant-numeric:tabular-nums}
    .contents ol{list-style:none;margin:0;padding:0;display:flex;flex-wrap:wrap;gap:.3rem 1.4rem;border-block:1px solid var(--rule);padding-block:.55rem}
    .contents li{white-space:nowrap}.count{font-size:.85rem;margin-left:.3rem;font-variant-numeric:tabular-nums}.count .shape{margin-right:.2em}
    .count.bad,.verdict.bad{color:var(--bad)}.count.doubtful,.verdict.doubtful{color:var(--doubtful)}.count.good,.verdict.good{color:var(--good)}.verdict.none{color:var(--soft);font-weight:400;white-space:normal}
    .part{background:var(--card);border:1px solid var(--rule);border-radius:8px;padding:1.3rem 1.4rem 1.5rem;margin-top:1.4rem}
    .verdict{font-weight:600;white-space:nowrap;display:inline-flex;align-items:center}.legend{list-style:none;padding:0}

    """

  private static let forms = """
    .findings{width:100%;border-collapse:collapse;margin:.9rem 0 .5rem;font-variant-numeric:tabular-nums}
    .findings caption{text-align:left;position:absolute;width:1px;height:1px;overflow:hidden;clip-path:inset(50%)}
    .findings thead th{font-size:.78rem;color:var(--soft);text-align:left;font-weight:600;border-bottom:1px solid var(--rule);padding:.3rem .8rem .3rem 0}
    .findings thead small{font-size:.72rem;display:block;line-height:1.2}
    .findings td,.findings tbody th{vertical-align:top;text-align:left;padding:.6rem .8rem .6rem 0;border-bottom:1px solid var(--faint);font-weight:400}
    .findings tbody th bdi{font-weight:600}.findings tbody p{margin:.1rem 0 0;color:var(--soft);font-size:.9rem;max-width:62ch}
    .findings .v{width:6.3rem}.value{width:8.6rem}.value b{font-size:1.05rem;font-weight:600}.value span{display:block;white-space:nowrap;font-size:.82rem;color:var(--soft)}
    .floor-cell{width:225px}.range{white-space:nowrap}.floor-cell .range,.floor-cell small{display:block;font-size:.82rem;line-height:1.35;color:var(--soft)}.floor-cell small{font-size:.75rem}.range b{font-weight:500}
    .floorbar{width:150px;height:22px;display:block}.floorbar .base{stroke:var(--rule);fill:none}.floorbar .floor{fill:var(--field)}.floorbar .mean{stroke:var(--floor);fill:none}
    .floorbar .limit{stroke:var(--bad);stroke-dasharray:2 2;fill:none}.floorbar .whisker{stroke:var(--ink);stroke-width:1.5;fill:none}
    .keys{display:flex;flex-wrap:wrap;gap:.1rem 1.1rem;font-size:.85rem;margin:.35rem 0}.key{display:inline-flex;align-items:center;gap:.4rem}.swatch{width:24px;height:10px;flex:none}
    .figures{display:grid;grid-template-columns:repeat(auto-fill,minmax(min(100%,305px),1fr));gap:1.1rem 1.4rem;margin-top:.5rem}
    figure{margin:0;min-width:0;break-inside:avoid}figure.wide,figure.matrices{grid-column:1/-1}
    .groups{display:grid;grid-template-columns:repeat(auto-fill,minmax(min(100%,420px),1fr));gap:0 2rem}.group{grid-column:1/-1;min-width:0}.group.alone{grid-column:auto}.group.alone .figures{grid-template-columns:1fr}.group.alone figure{max-width:480px}
    figcaption{font-size:.85rem;line-height:1.4}figcaption b{font-weight:600;display:block}figcaption span{color:var(--soft);display:block;max-width:75ch}figcaption .key{color:var(--ink);display:inline-flex}
    figure svg:not(.swatch){display:block;width:100%;height:auto;overflow:visible}
    figure text{font:10.5px system-ui,-apple-system,"Segoe UI",Roboto,sans-serif;fill:var(--soft);font-variant-numeric:tabular-nums}
    text.e{text-anchor:end}text.m{text-anchor:middle}text.t{fill:var(--ink)}text.c{font-size:9.5px;fill:var(--ink)}text.strong{fill:var(--on)}
    .grid{stroke:var(--faint);fill:none;vector-effect:non-scaling-stroke}.axis{stroke:var(--floor);fill:none}
    .dot{fill:none;stroke:var(--c);stroke-width:4;stroke-linecap:round;vector-effect:non-scaling-stroke}
    .line{fill:none;stroke:var(--c);stroke-width:1.4;stroke-linejoin:round;stroke-linecap:round;vector-effect:non-scaling-stroke}
    .band{fill:var(--c);opacity:.15}.mark{fill:var(--c);opacity:.75}.bar{stroke:var(--c);stroke-width:5;opacity:.32;fill:none}.whisker{stroke:var(--c);stroke-width:1.3;fill:none}
    .real{--c:var(--real)}.synthetic{--c:var(--synthetic)}.holdout{--c:var(--holdout)}.floor{--c:var(--floor)}.other{--c:var(--other)}
    .line.synthetic{stroke-dasharray:5 2.6}.line.holdout{stroke-dasharray:1.5 3}.line.floor{stroke-dasharray:7 3 1.5 3}
    .line.n1{stroke-dasharray:9 3}.line.n2{stroke-dasharray:3 3}.line.n3{stroke-dasharray:9 3 2 3}.line.n4{stroke-dasharray:2 2}.n1,.n3{opacity:.8}.n2,.n4{opacity:.6}
    .band.n1,.band.n2,.band.n3,.band.n4{opacity:.1}.line.step{stroke-linejoin:miter;stroke-linecap:butt}.line.alone{stroke-dasharray:none;stroke-width:1.1;opacity:1}
    .matrices>div,.matrices.figures{min-width:0}div.matrices{display:grid;grid-template-columns:repeat(auto-fit,minmax(min(100%,290px),1fr));gap:1rem 1.4rem}div.matrices>div{max-width:460px}
    .scale{font-size:.8rem;color:var(--soft);display:flex;gap:.5rem;align-items:center;margin-top:.4rem}.scale span{display:flex}.scale i{width:11px;height:11px;background:var(--f)}.cell{fill:var(--f)}
    .strips{display:grid;grid-template-columns:minmax(5.2rem,auto) minmax(0,1fr) 4.6rem;font-size:.8rem;border-top:1px solid var(--rule);position:relative}
    .strips .name{height:var(--h);position:relative;padding:.15rem 2.7rem 0 0;max-width:11rem;line-height:1.2;overflow:hidden;border-bottom:1px solid var(--rule)}
    .name b{font-weight:600;display:block}.name small{display:block;font-size:.72rem}.name i{position:absolute;right:.4rem;top:.05rem;font-style:normal;color:var(--soft);font-size:.68rem;font-variant-numeric:tabular-nums}.name i+i{top:auto;bottom:.05rem}
    figure .strips>svg{height:var(--h);overflow:hidden;border-bottom:1px solid var(--rule);border-inline:1px solid var(--rule)}
    .now{height:var(--h);padding-left:.5rem;line-height:1.25;font-variant-numeric:tabular-nums;border-bottom:1px solid var(--rule);overflow:hidden;display:flex;flex-direction:column;justify-content:center}.now span{color:var(--c,var(--soft));font-weight:600;white-space:nowrap}
    .axis-name{font-size:.75rem;color:var(--soft);text-align:right;padding:.2rem .5rem 0 0}.ticks{position:relative;height:1.5rem;color:var(--soft);font-size:.75rem;font-variant-numeric:tabular-nums}.ticks span{position:absolute;white-space:nowrap;top:.2rem;transform:translateX(-50%)}
    .at{font-size:.75rem;padding:.2rem 0 0 .5rem;color:var(--soft);font-variant-numeric:tabular-nums}
    .cross{stroke:var(--ink);stroke-width:1;opacity:.45;vector-effect:non-scaling-stroke}
    .chooser{display:flex;gap:.5rem;align-items:center;margin:.8rem 0 .4rem}.chooser[hidden]{display:none}
    button,select{font:inherit;color:inherit;background:var(--card);border:1px solid var(--floor);border-radius:6px;padding:.25rem .7rem;min-height:2.2rem}
    button:focus-visible,select:focus-visible,a:focus-visible{outline:2px solid var(--real);outline-offset:2px}
    #tip{position:fixed;z-index:2;pointer-events:none;background:var(--card);border:1px solid var(--floor);border-radius:6px;padding:.3rem .55rem;font-size:.8rem;line-height:1.4;max-width:min(18rem,80vw);font-variant-numeric:tabular-nums;box-shadow:0 2px 8px #0003}#tip[hidden]{display:none}#tip i{display:inline-block;width:.6em;height:.6em;margin-right:.4em;background:var(--c)}

    """

  /// One class for each level of a matrix's colours.
  private static let colours: String = {
    // From the page's ground to blue below nothing, and to red-brown above.
    let (below, above) = ((33, 102, 172), (166, 54, 3))
    func steps(_ ground: (Int, Int, Int), _ lift: Int) -> String {
      (0...MatrixFigure.levels).map { level in
        let share = Double(level) / Double(MatrixFigure.levels)
        func mixed(_ end: (Int, Int, Int)) -> String {
          func one(_ a: Int, _ b: Int) -> Int {
            Int((Double(a) + share * Double(min(255, b + lift) - a)).rounded())
          }
          return "rgb(\(one(ground.0, end.0)) \(one(ground.1, end.1)) \(one(ground.2, end.2)))"
        }
        return ".below\(level){--f:\(mixed(below))}.above\(level){--f:\(mixed(above))}"
      }.joined()
    }
    return steps((244, 246, 248), 0) + "\n@media (prefers-color-scheme:dark){" + steps((33, 42, 50), 75)
      + "}\n"
  }()

  private static let elsewhere = """
    @media (max-width:640px){header,main{padding-inline:.9rem}.part{padding:1rem .9rem}.banner{padding:.9rem;gap:0 .8rem}.banner>.shape{width:2.3rem;height:2.3rem}.deciding{grid-column:1/-1}
    .contents li{white-space:normal}.findings thead{position:absolute;width:1px;height:1px;overflow:hidden;clip-path:inset(50%)}.findings,.findings tbody{display:block}
    .findings tr{display:grid;grid-template-columns:1fr 175px;gap:.3rem .8rem;padding:.8rem 0;border-bottom:1px solid var(--rule)}
    .findings td,.findings tbody th{border:0;padding:0;width:auto}.findings .v,.findings tbody th{grid-column:1/-1}
    .strips{grid-template-columns:minmax(4.4rem,auto) minmax(0,1fr) 3.4rem}.strips .name{max-width:6.4rem;padding-right:2.1rem}}
    @media print{@page{margin:14mm}:root{--bg:#fff}body{font-size:10pt;background:#fff}header,main{max-width:none;padding:0}.part{border:0;padding:0;margin-top:1.2rem}
    .findings tr,.figures>figure,.banner,.strips{break-inside:avoid}h2,h3{break-after:avoid}.chooser,#tip{display:none!important}.contents{display:none}
    .figures{grid-template-columns:repeat(2,1fr)}.group.alone figure{max-width:320px}.groups{grid-template-columns:repeat(2,minmax(0,1fr))}*{print-color-adjust:exact;-webkit-print-color-adjust:exact}}
    @media print and (prefers-color-scheme:dark){:root{--card:#fff}}
    """
}
