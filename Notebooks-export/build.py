"""Runs the notebook sources: SOURCES/*.py with cells divided by `# %%` become notebooks, pages and figures.

usage: build.py OUTPUT [NAME…]      NOTEBOOKS_DATA names the folder of the inputs

The same inputs give the same bytes: cells get fixed names, and times of execution are dropped.
"""
import html
import os
import pathlib
import re
import sys

import nbclient
import nbformat
from nbconvert import HTMLExporter

here = pathlib.Path(__file__).resolve().parent
output = pathlib.Path(sys.argv[1]).resolve()
only = sys.argv[2:]

STYLE = """
body{max-width:900px;margin:2rem auto;padding:0 1rem;font:15px/1.5 system-ui,sans-serif;color:#18212b;background:#fff}
h1{font-size:1.6rem}h2{font-size:1.2rem;margin-top:2rem}pre{font:12.5px/1.45 ui-monospace,Menlo,Consolas,monospace;overflow-x:auto;margin:.5rem 0}
.highlight,div.input pre{background:#f5f6f8;border-radius:6px;padding:.1rem .7rem}.prompt,.anchor-link{display:none}img{max-width:100%;height:auto}
.k,.kn,.kc,.ow,.nb{color:#0b62a8}.s1,.s2,.sd,.sa,.si{color:#14785a}.c1{color:#6f7985}.mi,.mf{color:#7a4fa0}
@media (prefers-color-scheme:dark){body{background:#0e1317;color:#e4e9ee}.highlight,div.input pre{background:#161d23}img{background:#fff;border-radius:6px}
.k,.kn,.kc,.ow,.nb{color:#69b4f5}.s1,.s2,.sd,.sa,.si{color:#5ccfa6}.mi,.mf{color:#c79cf0}}
"""


def notebook(source):
    """The cells of a source in percent format."""
    cells = []
    for block in re.split(r"^# %%", source, flags=re.M)[1:]:
        heading, _, body = block.partition("\n")
        if "[markdown]" in heading:
            text = "\n".join(line.removeprefix("#").removeprefix(" ") for line in body.strip().split("\n"))
            cells.append(nbformat.v4.new_markdown_cell(text))
        else:
            cells.append(nbformat.v4.new_code_cell(body.strip()))
    for number, cell in enumerate(cells):
        cell["id"] = f"cell-{number}"
    kernel = {"name": "python3", "display_name": "Python 3", "language": "python"}
    return nbformat.v4.new_notebook(cells=cells, metadata={"kernelspec": kernel})


def without_noise(book):
    """Drops what differs from run to run, and joins pieces of one stream."""
    for cell in book.cells:
        cell.metadata = {}
        if cell.cell_type != "code":
            continue
        joined = []
        for out in cell.outputs:
            if out.output_type == "stream" and joined and joined[-1].get("name") == out.name:
                joined[-1].text += out.text
            elif out.output_type == "stream" and out.name == "stderr":
                raise SystemExit(f"a cell warns:\n{out.text}")
            else:
                if "data" in out:
                    out.data.pop("text/plain", None) if "image/png" in out.data else None
                joined.append(out)
        cell.outputs = joined
    book.metadata = {"kernelspec": book.metadata["kernelspec"], "language_info": {"name": "python"}}
    return book


os.environ["NOTEBOOKS_FIGURES"] = str(output / "figures")
# One thread: sums in another order differ in the last digit.
os.environ["OMP_NUM_THREADS"] = "1"
os.environ["MPLBACKEND"] = "module://matplotlib_inline.backend_inline"
output.mkdir(parents=True, exist_ok=True)
for path in sorted((here / "sources").glob("[0-9]*.py")):
    if only and path.stem not in only:
        continue
    book = notebook(path.read_text())
    nbclient.NotebookClient(book, timeout=600, kernel_name="python3", extra_arguments=["--IPKernelApp.log_level=40"],
                            resources={"metadata": {"path": str(path.parent)}}).execute()
    book = without_noise(book)
    nbformat.validate(book)
    (output / f"{path.stem}.ipynb").write_text(nbformat.writes(book) + "\n")
    body, _ = HTMLExporter(template_name="basic").from_notebook_node(book)
    title = html.escape(re.search(r"^# %% \[markdown\]\n# # (.*)", path.read_text()).group(1))
    page = (f'<!DOCTYPE html>\n<html lang="en"><head><meta charset="utf-8"><title>{title}</title>\n'
            f'<meta name="viewport" content="width=device-width, initial-scale=1">\n<style>{STYLE}</style></head>\n'
            f'<body>\n{body}\n</body></html>\n')
    (output / f"{path.stem}.html").write_text(page)
    print(f"{path.stem}: {len(book.cells)} cells", flush=True)
