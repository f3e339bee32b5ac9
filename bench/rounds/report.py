"""Tables and the plot of gap over time, into docs/PERFORMANCE.md between its two marks."""

import collections
import csv
import json
import pathlib
import re
import statistics

BEGIN, END = "<!-- rounds: made by `make bench-rounds` -->", "<!-- rounds: end -->"
NAMES = {"sangyu": "sangyu", "pyvrp": "PyVRP", "ortools": "OR-Tools", "pyvroom": "VROOM", "ortools_pairs": "OR-Tools"}


def references(data):
    best = {row["instance"]: float(row["uniud_best"]) for row in csv.DictReader(open(data / "hhcrsp" / "references.csv"))}
    best |= {name: row["best_known_cost"] for name, row in json.load(open(data / "vrptw" / "best-known.json")).items()}
    return best


def gaps(rows, best):
    found = collections.defaultdict(list)
    for row in rows:
        family = "HHCRSP" if row["instance"].startswith("Instanz") else "VRPTW"
        gap = 100 * (float(row["cost"]) / best[row["instance"]] - 1) if row["cost"] else None
        found[family, row["solver"], int(row["seconds"])].append((row["instance"], gap))
    return found


def tables(found):
    lines = ["| family | solver | CPU s | runs | feasible | median gap | mean gap | worst | below the reference |", "|---|---|---|---|---|---|---|---|---|"]
    for (family, solver, seconds), runs in sorted(found.items()):
        fine = [gap for _, gap in runs if gap is not None]
        if not fine:
            lines.append(f"| {family} | {NAMES[solver]} | {seconds} | {len(runs)} | 0 | | | | |")
            continue
        below = len({name for name, gap in runs if gap is not None and gap < -0.0005})
        names = len({name for name, _ in runs})
        lines.append(
            f"| {family} | {NAMES[solver]} | {seconds} | {len(runs)} | {len(fine)} | {percent(statistics.median(fine))} | "
            f"{percent(statistics.mean(fine))} | {percent(max(fine))} | {below} of {names} instances |"
        )
    lines += ["", "Gaps of the seeds, sangyu:", "", "| instance | 10 s | 60 s |", "|---|---|---|"]
    own = collections.defaultdict(lambda: collections.defaultdict(list))
    for (family, solver, seconds), runs in found.items():
        for name, gap in runs if solver == "sangyu" else []:
            own[name][seconds].append("infeasible" if gap is None else percent(gap))
    for name, by in sorted(own.items(), key=lambda item: [int(part) if part.isdigit() else part for part in re.split(r"(\d+)", item[0])]):
        short = re.sub(r"^Instanz(CPLEX|VNS)_HCSRP_", "", name)
        lines.append(f"| {short} | {', '.join(by[10])} | {', '.join(by[60])} |")
    return lines


def percent(gap):
    return f"{round(gap, 2) + 0.0:.2f} %"


def curve(out, best, seconds):
    """Mean gap over time of the traces of one budget."""
    traces = []
    for path in out.glob(f"sangyu-Instanz*-{seconds}-*.trace"):
        name = path.name.split("-")[1]
        points = [tuple(map(float, row)) for row in csv.reader(open(path)) if row]
        traces += [(best[name], points)] if points else []
    times = [seconds * (k / 60) for k in range(1, 61)]
    value = lambda points, t: next((cost for at, cost in reversed(points) if at <= t), points[0][1])
    return [(t, statistics.mean(100 * (value(points, t) / ref - 1) for ref, points in traces)) for t in times] if traces else []


def plot(out, best):
    """An SVG of the mean gap of the home health care instances over CPU time."""
    curves = {seconds: curve(out, best, seconds) for seconds in (10, 60)}
    top, width, height = 20.0, 640, 320
    x = lambda t: 50 + (width - 70) * t / 60
    y = lambda gap: 20 + (height - 60) * (top - max(-2.0, min(top, gap))) / (top + 2)
    parts = [f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width} {height}" font-family="sans-serif" font-size="12">',
             f'<rect width="{width}" height="{height}" fill="#fff"/>']
    for gap in (0, 5, 10, 15, 20):
        parts.append(f'<path d="M50 {y(gap):.1f}H{width - 20}" stroke="#ddd"/><text x="44" y="{y(gap) + 4:.1f}" text-anchor="end">{gap} %</text>')
    for t in range(0, 61, 10):
        parts.append(f'<text x="{x(t):.1f}" y="{height - 18}" text-anchor="middle">{t} s</text>')
    for (seconds, points), colour in zip(curves.items(), ("#c2410c", "#1d4ed8")):
        if points:
            path = "L".join(f"{x(t):.1f} {y(gap):.1f}" for t, gap in points)
            parts.append(f'<path d="M{path}" fill="none" stroke="{colour}" stroke-width="2"/>'
                         f'<text x="{x(points[-1][0]) - 4 * (seconds == 60):.1f}" y="{y(points[-1][1]) + (18 if seconds == 10 else -8):.1f}" fill="{colour}" '
                         f'text-anchor="{"end" if seconds == 60 else "start"}">budget {seconds} s</text>')
    return "".join(parts) + "</svg>\n"


def write(rows, data, out):
    best = references(data)
    lines = [BEGIN, "", *tables(gaps(rows, best)), "", "![Mean gap to the 2024 reference over CPU seconds](rounds-gap.svg)", ""]
    city = out / "city.txt"
    if city.exists():
        lines += ["The city (`cargo run --release -p rounds --example city`):", "", "```text", *city.read_text().splitlines(), "```", ""]
    page = pathlib.Path("docs/PERFORMANCE.md")
    text = page.read_text()
    before, _, rest = text.partition(BEGIN)
    _, _, after = rest.partition(END)
    page.write_text(before + "\n".join([*lines, END]) + after)
    pathlib.Path("docs/rounds-gap.svg").write_text(plot(out, best))
    print("docs/PERFORMANCE.md and docs/rounds-gap.svg are written")
