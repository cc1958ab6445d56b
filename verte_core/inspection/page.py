"""The page of a folder's inspection: opens from the disk, sorts and filters without any server."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from html import escape
from typing import IO, Any
from urllib.parse import quote

from verte_core.heatmap_colors import CAVEAT
from verte_core.results import TASKS, Provenance, cautions

_STYLE = """
body { background: #1b1e22; color: #e4e7eb; font: 14px system-ui, sans-serif; margin: 0 16px 32px; }
h1 { font-size: 18px; }
.notice { color: #f0b849; border: 1px solid #f0b849; border-radius: 4px; padding: 6px 10px; }
.controls { position: sticky; top: 0; background: #1b1e22; padding: 8px 0; }
select, input { background: #15171a; color: #e4e7eb; border: 1px solid #3a4048; padding: 4px; }
main { display: grid; grid-template-columns: repeat(auto-fill, minmax(330px, 1fr)); gap: 12px; }
figure { margin: 0; background: #23272d; padding: 8px; border-radius: 4px; content-visibility: auto;
  contain-intrinsic-size: 330px 330px; }
figure img { width: 100%; height: 220px; object-fit: contain; background: #15171a; }
figcaption { overflow-wrap: anywhere; }
.quiet { color: #9aa4b0; font-size: 12px; }
.high { color: #ef7f6d; } .indeterminate { color: #d9b24a; } .low { color: #8fa5c0; }
"""
_SCRIPT = """
const grid = document.querySelector("main"), all = [...grid.children];
const order = document.querySelector("#order"), zone = document.querySelector("#zone");
const text = document.querySelector("#text"), count = document.querySelector("#count");
function show() {
  const [key, sign] = order.value.split("|");
  const words = text.value.toLowerCase();
  const wanted = all.filter(each => (!zone.value || each.dataset.zones.includes(zone.value))
    && each.textContent.toLowerCase().includes(words));
  const value = each => each.dataset[key] === "" ? Infinity : Number(each.dataset[key]) * Number(sign);
  if (key) wanted.sort((one, other) => value(one) - value(other));
  grid.replaceChildren(...wanted);
  count.textContent = wanted.length + " / " + all.length;
}
for (const control of [order, zone, text]) control.addEventListener("input", show);
show();
"""


def write(file: IO[str], rows: Sequence[Mapping[str, Any]]) -> None:
    """Write the page of rows, whose pictures lie in folders beside it."""
    scored = [row for row in rows if row["status"] == "scored"]
    learned_from = {Provenance.of(row["trained_on"]) for row in scored}
    said = cautions(Provenance.together(learned_from)) if learned_from else []
    tasks = [task for task in TASKS if any(row[f"{task}_score"] is not None for row in scored)]
    file.write('<!doctype html><html lang="en"><head><meta charset="utf-8"><title>VERTE inspection</title>')
    file.write('<meta name="viewport" content="width=device-width">')
    file.write(f"<style>{_STYLE}</style></head><body><h1>Inspection of {len(rows)} images</h1>")
    for sentence in (*said, CAVEAT):
        file.write(f'<p class="notice">{escape(sentence)}</p>')
    file.write(
        '<p class="quiet">Each picture: the image, then its heatmap of '
        f"{escape(', '.join(TASKS[task].title for task in tasks))}. The table is in inspection.csv, the raw "
        "maps are in maps/ (NPZ; log_odds is signed, in log odds a cell).</p>"
    )
    file.write(_controls(tasks))
    file.write("<main>")
    for number, row in enumerate(rows):
        file.write(_figure(row, tasks, number))
    file.write(f"</main><script>{_SCRIPT}</script></body></html>")


def _controls(tasks: Sequence[str]) -> str:
    orders = [("number|1", "in the order of the files")]
    for task in tasks:
        title = TASKS[task].title
        orders += [(f"{task}|-1", f"{title}, the highest first"), (f"{task}|1", f"{title}, the lowest first")]
        orders.append((f"{task}Agreement|1", f"{title}: methods that disagree first"))
        orders.append((f"{task}Spread|-1", f"{title}: weights that disagree first"))
        orders.append((f"{task}Deletion|-1", f"{title}: least faithful first (area of deletion)"))
    orders.append(("likeness|1", "the most unlike first"))
    options = "".join(f'<option value="{key}">{escape(words)}</option>' for key, words in orders)
    zones = "".join(
        f'<option value="{task}-{zone}">{escape(TASKS[task].title)} {zone}</option>'
        for task in tasks
        for zone in ("high", "indeterminate", "low")
    )
    return (
        f'<div class="controls"><label>Order <select id="order">{options}</select></label> '
        f'<label>Zone <select id="zone"><option value="">any</option>{zones}</select></label> '
        '<label>Search <input id="text"></label> <span id="count" class="quiet"></span></div>'
    )


def _figure(row: Mapping[str, Any], tasks: Sequence[str], number: int) -> str:
    data: dict[str, Any] = {"number": number, "likeness": row["likeness"]}
    zones, lines = [], []
    for task in tasks:
        score, zone = row[f"{task}_score"], row[f"{task}_zone"]
        agreements = [
            row[f"{task}_agreement_{name}"]
            for name in ("grad-cam++", "layercam")
            if row[f"{task}_agreement_{name}"] is not None
        ]
        data |= {
            task: score,
            f"{task}-agreement": min(agreements) if agreements else None,
            f"{task}-spread": row[f"{task}_spread"],
            f"{task}-deletion": row[f"{task}_deletion_area"],
        }
        if score is None:
            continue
        zones.append(f"{task}-{zone}")
        details = [
            f"deletion {row[f'{task}_deletion_area']:.2f}"
            if row[f"{task}_deletion_area"] is not None
            else "",
            f"methods agree from {min(agreements):.2f}" if agreements else "",
            f"{row[f'{task}_padding'] + row[f'{task}_outside_body']:.0%} outside the body",
        ]
        lines.append(
            f'<div><b class="{zone or ""}">{escape(TASKS[task].title)} {score:.3f} {zone or ""}</b> '
            f'<span class="quiet">{escape(", ".join(filter(None, details)))}</span></div>'
        )
    attributes = "".join(f' data-{key}="{"" if value is None else value}"' for key, value in (*data.items(),))
    name = str(row["path"])
    picture = ""
    if row["thumbnail"]:
        shown = f"{name}, its image and heatmaps"
        picture = f'<img loading="lazy" src="{quote(row["thumbnail"])}" alt="{escape(shown)}">'
    unlike = f'<div class="notice">Unlike: {escape(str(row["unlike"]))}</div>' if _is_unlike(row) else ""
    words = escape(" ".join(filter(None, (row["reason"], row["notes"]))))
    return (
        f'<figure data-zones="{" ".join(zones)}"{attributes}>{picture}<figcaption>{"".join(lines)}{unlike}'
        f'<div class="quiet">{escape(name)}</div><div class="quiet">{words}</div></figcaption></figure>'
    )


def _is_unlike(row: Mapping[str, Any]) -> bool:
    return row["unlike"] not in (None, "no")
