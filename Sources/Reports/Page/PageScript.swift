/// The page's script: values under the pointer, read from the drawings themselves, and one patient at a time.
enum PageScript {
  static let text = #"""
    'use strict';
    const tip = document.getElementById('tip'), all = (q, e = document) => [...e.querySelectorAll(q)];
    // A drawing's title would cover the values with a tooltip of its own; the label says the same to a screen reader.
    for (const t of all('figure svg[role=img] > title')) { t.parentNode.setAttribute('aria-label', t.textContent); t.remove(); }
    const ends = text => { const [a, b, low, high, log] = text.split(' '); return [+a, +b, +low, +high, log]; };
    const value = ([a, b, low, high, log], p) => {
      const s = (p - a) / (b - a);
      return log ? low * (high / low) ** s : low + s * (high - low);
    };
    // No more digits than a tenth of a unit in the drawing can tell apart.
    const round = ([a, b, low, high, log], v, units = 0.1) => {
      const step = log ? Math.abs(v) / 100 : Math.abs((high - low) / (b - a)) * units;
      return v.toFixed(Math.min(9, Math.max(0, Math.floor(-Math.log10(step))))).replace('-', '−');
    };
    const points = path => path.points ??= (() => {
      const found = []; let x = 0, y = 0, lines = false;
      for (const [token] of path.getAttribute('d').matchAll(/[Ml]|-?\d*\.?\d+/g)) {
        if (token === 'M' || token === 'l') { lines = token === 'l'; found.half = null; continue; }
        if (found.half == null) { found.half = +token; continue; }
        x = lines ? x + found.half : found.half; y = lines ? y + +token : +token; found.half = null;
        found.push([x, y]);
      }
      return found;
    })();
    const nearest = (path, at) => {
      const known = points(path), step = path.classList.contains('step'); let best = null;
      for (const p of known) if (step ? p[0] <= at : !best || Math.abs(p[0] - at) < Math.abs(best[0] - at)) best = p;
      // In a gap, or after the end, there is no value.
      const apart = (known.at(-1)?.[0] - known[0]?.[0]) / Math.max(1, known.length - 1);
      return best && (step || Math.abs(best[0] - at) <= 3 + 0.8 * apart) ? best : null;
    };
    const still = new Map(all('.now, .at').map(e => [e, [...e.childNodes]])); let touched = null;
    const clear = () => {
      tip.hidden = true; all('.cross').forEach(c => c.remove());
      if (touched) all('.now, .at', touched).forEach(e => e.replaceChildren(...still.get(e)));
      touched = null;
    };
    const entry = (path, text) => {
      const e = document.createElement('span'); e.className = path.getAttribute('class').replace('line', '');
      e.textContent = text; return e;
    };
    const show = (event, svg) => {
      const box = svg.getBoundingClientRect(), view = svg.viewBox.baseVal;
      const px = (event.clientX - box.left) / box.width * view.width, py = (event.clientY - box.top) / box.height * view.height;
      const rows = [], strips = svg.closest('.strips');
      if (strips) { touched = strips; all('.now', strips).forEach(e => e.replaceChildren()); }
      if (svg.dataset.cells) {
        const [left, top, size] = svg.dataset.cells.split(' ').map(Number), c = Math.floor((px - left) / size), r = Math.floor((py - top) / size);
        const names = svg.dataset.columns.split('\n'), lines = svg.dataset.rows.split('\n');
        if (c < 0 || r < 0 || c >= names.length || r >= lines.length) return;
        const v = svg.dataset.values.split(',')[r * names.length + c];
        rows.push(entry(svg, `${lines[r]}, ${names[c]}: ${v === '' ? 'no value' : v.replace('-', '−')}`));
      } else {
        const x = ends(svg.dataset.x), first = Math.min(x[0], x[1]), last = Math.max(x[0], x[1]), at = Math.min(Math.max(px, first), last);
        const when = round(x, value(x, at), 1) + (svg.dataset.unit ? ' ' + svg.dataset.unit : '');
        for (const plot of strips ? all(':scope > svg', strips) : [svg]) {
          const y = ends(plot.dataset.y), cross = document.createElementNS(plot.namespaceURI, 'path');
          cross.setAttribute('class', 'cross'); cross.setAttribute('d', strips ? `M${at} 0V100` : `M${at} ${y[0]}V${y[1]}`); plot.append(cross);
          for (const path of all('.line', plot)) {
            const p = nearest(path, at), text = p ? round(y, value(y, p[1])) : '–';
            if (strips) plot.nextElementSibling.append(entry(path, text)); else rows.push(entry(path, `${path.dataset.l}: ${text}`));
          }
        }
        if (strips) { strips.querySelector('.at').textContent = when; return; }
        rows.unshift(document.createTextNode(when));
      }
      tip.replaceChildren(...rows.flatMap((r, i) => { if (r.tagName) { const dot = document.createElement('i'); if (!svg.dataset.cells) r.prepend(dot); } return i ? [document.createElement('br'), r] : [r]; }));
      tip.hidden = false;
      tip.style.left = Math.min(event.clientX + 14, innerWidth - tip.offsetWidth - 8) + 'px';
      tip.style.top = Math.max(8, event.clientY - tip.offsetHeight - 12) + 'px';
    };
    const look = event => { clear(); const svg = event.target.closest?.('figure svg[data-x], figure svg[data-cells]'); if (svg) show(event, svg); };
    addEventListener('pointermove', look); addEventListener('pointerdown', look); addEventListener('scroll', clear, { passive: true });

    const patients = all('figure.patient'), chooser = document.querySelector('.chooser');
    if (patients.length > 1) {
      const select = document.createElement('select'); select.setAttribute('aria-label', 'Pair of patients');
      select.append(...patients.map((p, i) => new Option('Pair ' + p.dataset.patient, i)));
      const choose = i => { select.selectedIndex = (i + patients.length) % patients.length; patients.forEach((p, n) => p.hidden = n !== select.selectedIndex); };
      const button = (text, name, by) => {
        const b = document.createElement('button'); b.type = 'button'; b.textContent = text; b.setAttribute('aria-label', name);
        b.onclick = () => choose(select.selectedIndex + by); return b;
      };
      select.onchange = () => choose(select.selectedIndex);
      chooser.append(button('‹', 'Previous pair', -1), select, button('›', 'Next pair', 1)); chooser.hidden = false; choose(0);
    }
    """#
}
