"""Opens a report page in headless Chromium and checks what a reader sees.

usage: open_in_browser.py CHROMIUM PAGE.html      exits with the list of what is wrong

At desktop and phone width, light and dark, and for print: every figure has a visible drawing, the page does not
scroll sideways, the console is silent, and nothing is loaded but the page. Every patient can be chosen, and values
show under the pointer. Screenshots go beside the page. Talks to the browser through its debugging pipe, so that
nothing but Python's own library is needed.
"""
import base64
import json
import os
import pathlib
import subprocess
import sys
import tempfile

browser, page = sys.argv[1], pathlib.Path(sys.argv[2]).resolve()
wrong = []

VISIBLE = """(() => {
  const seen = e => { const b = e.getBoundingClientRect(); return b.width > 0 && b.height > 0; };
  const figures = [...document.querySelectorAll('figure[data-exhibit]')].filter(f => !f.hidden);
  const drawn = f => { const s = [...f.querySelectorAll('svg:not(.swatch)')];
    return s.length > 0 && s.every(seen) && s.some(v => [...v.querySelectorAll('path,rect,text')].some(seen)); };
  const root = document.documentElement;
  const wide = [...document.querySelectorAll('body *')].filter(e => !e.closest('svg') && e.getBoundingClientRect().right > innerWidth + 1);
  return { figures: figures.length, drawn: figures.filter(drawn).length,
    missing: figures.filter(f => !drawn(f)).map(f => f.dataset.exhibit),
    sideways: root.scrollWidth - root.clientWidth, wide: wide.slice(0, 3).map(e => e.outerHTML.slice(0, 80)), height: root.scrollHeight,
    bad: document.querySelectorAll('main script, main b b, header script').length, text: document.body.innerText.length };
})()"""

CHOOSE = """(() => {
  const select = document.querySelector('.chooser select'), patients = [...document.querySelectorAll('figure.patient')];
  if (!select) return patients.length < 2;
  const right = patients.every((p, i) => { select.selectedIndex = i; select.onchange();
    const box = p.querySelector('.strips').getBoundingClientRect();
    return box.height > 0 && patients.filter(q => !q.hidden).length === 1; });
  select.selectedIndex = 0; select.onchange();
  return right;
})()"""

POINT = """(async () => {
  const svg = [...document.querySelectorAll('figure svg[data-x]')].find(s => s.querySelector('.line') && s.getBoundingClientRect().width > 0);
  if (!svg) return null;
  svg.scrollIntoView({ block: 'center' });
  // Scrolling hides the values; it has ended two frames later.
  for (let i = 0; i < 3; i++) await new Promise(requestAnimationFrame);
  const box = svg.getBoundingClientRect();
  return { x: box.left + box.width * 0.6, y: box.top + box.height / 2 };
})()"""


class Pipe:
    """Messages to and from the browser, each ended by a zero byte."""

    def __init__(self, folder):
        to_read, self.out = os.pipe()
        self.back, to_write = os.pipe()

        def child():
            # The browser reads from 3 and writes to 4; copies first, so that neither is overwritten.
            a, b = os.dup(to_read), os.dup(to_write)
            os.dup2(a, 3)
            os.dup2(b, 4)

        flags = ["--headless=new", "--remote-debugging-pipe", "--no-first-run", "--disable-gpu", "--hide-scrollbars",
                 "--disable-background-networking", "--disable-component-update", f"--user-data-dir={folder}"]
        if os.geteuid() == 0:
            flags.append("--no-sandbox")
        self.process = subprocess.Popen([browser, *flags, "about:blank"], preexec_fn=child, close_fds=False,
                                        stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        os.close(to_read)
        os.close(to_write)
        self.buffer, self.number, self.session, self.events = b"", 0, None, []

    def receive(self):
        while b"\0" not in self.buffer:
            more = os.read(self.back, 1 << 16)
            if not more:
                raise SystemExit("the browser went away")
            self.buffer += more
        message, self.buffer = self.buffer.split(b"\0", 1)
        return json.loads(message)

    def call(self, method, **parameters):
        self.number += 1
        message = {"id": self.number, "method": method, "params": parameters}
        if self.session:
            message["sessionId"] = self.session
        os.write(self.out, json.dumps(message).encode() + b"\0")
        while True:
            answer = self.receive()
            if answer.get("id") == self.number:
                if "error" in answer:
                    raise SystemExit(f"{method}: {answer['error']}")
                return answer["result"]
            self.events.append(answer)

    def wait(self, method):
        while not any(event.get("method") == method for event in self.events):
            self.events.append(self.receive())

    def evaluate(self, expression):
        result = self.call("Runtime.evaluate", expression=expression, returnByValue=True, awaitPromise=True)
        if "exceptionDetails" in result:
            raise SystemExit(f"the check itself failed: {result['exceptionDetails']}")
        return result["result"].get("value")


def look(pipe, name, width, height, phone=False, dark=False, media=""):
    pipe.call("Emulation.setDeviceMetricsOverride", width=width, height=height, deviceScaleFactor=1, mobile=phone)
    pipe.call("Emulation.setEmulatedMedia", media=media,
              features=[{"name": "prefers-color-scheme", "value": "dark" if dark else "light"}])
    seen = pipe.evaluate(VISIBLE)
    if seen["figures"] != seen["drawn"]:
        wrong.append(f"{name}: {seen['drawn']} of {seen['figures']} figures are drawn, not {seen['missing']}")
    if seen["sideways"] > 0 or seen["wide"]:
        wrong.append(f"{name}: {seen['sideways']} pixels wider than the screen: {seen['wide']}")
    if seen["bad"] or seen["text"] < 100:
        wrong.append(f"{name}: {seen['bad']} elements came from names, {seen['text']} letters of text")
    clip = {"x": 0, "y": 0, "width": width, "height": min(seen["height"], 6000), "scale": 1}
    shot = pipe.call("Page.captureScreenshot", format="png", captureBeyondViewport=True, clip=clip)
    page.with_suffix(f".{name}.png").write_bytes(base64.b64decode(shot["data"]))
    return seen


with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as folder:
    pipe = Pipe(folder)
    try:
        target = pipe.call("Target.createTarget", url="about:blank")["targetId"]
        pipe.session = pipe.call("Target.attachToTarget", targetId=target, flatten=True)["sessionId"]
        for domain in ["Page", "Runtime", "Log", "Network"]:
            pipe.call(f"{domain}.enable")
        pipe.events.clear()
        pipe.call("Page.navigate", url=page.as_uri())
        pipe.wait("Page.loadEventFired")
        seen = look(pipe, "desktop", 1200, 900)
        look(pipe, "phone", 390, 844, phone=True)
        look(pipe, "dark", 1200, 900, dark=True)
        look(pipe, "print", 794, 1123, media="print")
        look(pipe, "print-dark", 794, 1123, dark=True, media="print")
        pipe.call("Emulation.setEmulatedMedia", media="", features=[])
        pipe.call("Emulation.setDeviceMetricsOverride", width=1200, height=900, deviceScaleFactor=1, mobile=False)
        if not pipe.evaluate(CHOOSE):
            wrong.append("not every patient can be chosen")
        place = pipe.evaluate(POINT)
        if place:
            pipe.call("Input.dispatchMouseEvent", type="mouseMoved", **place)
            shown = pipe.evaluate("document.querySelectorAll('.now span').length + (document.getElementById('tip').hidden ? 0 : 1)")
            if not shown:
                wrong.append(f"no value is shown under the pointer at {place}")
            shot = pipe.call("Page.captureScreenshot", format="png")
            page.with_suffix(".pointer.png").write_bytes(base64.b64decode(shot["data"]))
        for event in pipe.events:
            method, details = event.get("method"), event.get("params", {})
            if method in ("Runtime.exceptionThrown", "Runtime.consoleAPICalled", "Log.entryAdded"):
                wrong.append(f"console: {json.dumps(details)[:300]}")
            if method == "Network.requestWillBeSent":
                url = details["request"]["url"]
                if url != page.as_uri() and not url.startswith("data:"):
                    wrong.append(f"the page asks for {url}")
        pipe.session = None
        pipe.call("Browser.close")
    finally:
        try:
            pipe.process.wait(10)
        except subprocess.TimeoutExpired:
            pipe.process.kill()

if wrong:
    raise SystemExit("\n".join(wrong))
print(f"{page.name}: {seen['figures']} figures")
