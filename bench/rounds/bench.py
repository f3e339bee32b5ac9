"""Runs what is missing, judges every answer, writes the tables and the plot. See `run`."""

import argparse
import concurrent.futures
import csv
import json
import os
import pathlib
import subprocess
import sys
import time

import judge
import report

HHCRSP = [f"Instanz{kind}_HCSRP_{size}_{k}" for kind, size, k in [
    ("CPLEX", 10, 3), ("CPLEX", 10, 9), ("CPLEX", 25, 1), ("CPLEX", 25, 7), ("CPLEX", 50, 3), ("CPLEX", 50, 9),
    ("CPLEX", 75, 5), ("CPLEX", 75, 7), ("VNS", 100, 1), ("VNS", 100, 9), ("VNS", 200, 5), ("VNS", 300, 9)]]
VRPTW = ["C104", "C206", "R101", "R104", "R108", "R112", "R201", "R206", "R211", "RC101", "RC104", "RC108", "RC202", "RC207"]
FIELDS = ["solver", "instance", "seconds", "seed", "cost", "cpu", "note"]


def jobs(arguments, data):
    """(solver, instance file, seconds, seed), the most telling first."""
    full = arguments.full
    hhcrsp = sorted(path.stem for path in (data / "hhcrsp").glob("*.json")) if full else HHCRSP
    best = json.load(open(data / "vrptw" / "best-known.json"))
    vrptw = sorted(name for name in best if "_" not in name) if full else VRPTW
    seeds = range(1, 6) if full else range(1, 4)
    rows = [("sangyu", data / "hhcrsp" / f"{name}.json", s, seed) for s in (10, 60) for seed in seeds for name in hhcrsp]
    rows += [("sangyu", data / "vrptw" / f"{name}.txt", 10, seed) for seed in seeds for name in vrptw]
    if not arguments.no_peers:
        rows += [(peer, data / "vrptw" / f"{name}.txt", 10, 1) for peer in ("pyvrp", "ortools", "pyvroom") for name in vrptw]
        rows += [("ortools_pairs", data / "hhcrsp" / f"{name}.json", 10, 1) for name in hhcrsp]
    return rows


def command(arguments, job, answer, trace):
    solver, path, seconds, seed = job
    if solver == "sangyu":
        return [arguments.sangyu, "rounds", "solve", str(path), "--time", str(seconds), "--seed", str(seed), "--threads", "1",
                "--out", str(answer), "--trace", str(trace)]
    return [sys.executable, str(pathlib.Path(__file__).parent / "peers.py"), solver, str(path), str(seconds), str(seed), str(answer)]


def run(arguments, job):
    """One run, judged."""
    solver, path, seconds, seed = job
    stem = f"{solver}-{path.stem}-{seconds}-{seed}"
    answer, trace = arguments.out / f"{stem}.answer", arguments.out / f"{stem}.trace"
    before = time.monotonic()
    process = subprocess.Popen(command(arguments, job, answer, trace), stdout=subprocess.DEVNULL, stderr=subprocess.PIPE)
    error = process.stderr.read().decode(errors="replace")
    _, status, usage = os.wait4(process.pid, 0)
    process.returncode = os.waitstatus_to_exitcode(status)
    row = dict(zip(FIELDS, [solver, path.stem, seconds, seed, "", f"{usage.ru_utime + usage.ru_stime:.2f}", ""]))
    try:
        if process.returncode:
            raise judge.Wrong(error.strip().splitlines()[-1][:120] if error.strip() else f"exit {process.returncode}")
        text = answer.read_text()
        if path.suffix == ".json":
            row["cost"] = judge.judge_hhcrsp(judge.read_hhcrsp(path), json.loads(text))
        else:
            routes = judge.routes_of_text(text) if solver == "sangyu" else json.loads(text)
            row["cost"] = judge.judge_solomon(judge.read_solomon(path), routes)
    except (judge.Wrong, KeyError, ValueError, OSError) as wrong:
        row["note"] = str(wrong)
    print(f"{stem}: {row['cost'] or row['note']} ({row['cpu']} s CPU, {time.monotonic() - before:.0f} s on the wall)", flush=True)
    return row


def main():
    parser = argparse.ArgumentParser()
    for name in ("--data", "--out"):
        parser.add_argument(name, type=pathlib.Path, required=True)
    for name in ("--sangyu", "--city"):
        parser.add_argument(name, required=True)
    for name in ("--full", "--no-peers"):
        parser.add_argument(name, action="store_true")
    parser.add_argument("--jobs", type=int, default=2)
    parser.add_argument("--report-only", action="store_true")
    parser.add_argument("--only", choices=["hhcrsp", "vrptw", "peers"], help="a piece of the whole; the others keep their results")
    arguments = parser.parse_args()
    kept = arguments.out / "results.csv"
    rows = list(csv.DictReader(open(kept))) if kept.exists() else []
    done = {(row["solver"], row["instance"], row["seconds"], row["seed"]) for row in rows}
    todo = [job for job in jobs(arguments, arguments.data) if (job[0], job[1].stem, str(job[2]), str(job[3])) not in done]
    if arguments.only:
        piece = lambda job: job[1].parent.name if job[0] == "sangyu" else "peers"
        todo = [job for job in todo if piece(job) == arguments.only]
    seconds = sum(job[2] for job in todo)
    print(f"{len(todo)} runs to do, {seconds} CPU seconds: about {seconds / arguments.jobs / 60:.0f} minutes on {arguments.jobs} cores", flush=True)
    if not arguments.report_only:
        with open(kept, "a", newline="") as file, concurrent.futures.ThreadPoolExecutor(arguments.jobs) as pool:
            writer = csv.DictWriter(file, FIELDS)
            if file.tell() == 0:
                writer.writeheader()
            for row in pool.map(lambda job: run(arguments, job), todo):
                writer.writerow(row)
                file.flush()
                rows.append({key: str(value) for key, value in row.items()})
    if not arguments.report_only and not arguments.only:
        with open(arguments.out / "city.txt", "w") as file:
            subprocess.run([arguments.city, "60"], stdout=file, check=True)
    if not arguments.only:
        report.write(rows, arguments.data, arguments.out)


if __name__ == "__main__":
    main()
