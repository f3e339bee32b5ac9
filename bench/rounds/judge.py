"""Judges routes against an instance, believing nothing but the instance. Shares no code with any solver."""

import json
import math

TOLERANCE = 1e-3


class Wrong(Exception):
    """A route breaks a rule."""


def demand(truth, what):
    if not truth:
        raise Wrong(what)


def read_solomon(path):
    rows, fleet = [], None
    for line in open(path):
        words = line.split()
        try:
            numbers = [float(word) for word in words]
        except ValueError:
            continue
        if len(numbers) == 2 and fleet is None:
            fleet = (int(numbers[0]), numbers[1])
        elif len(numbers) == 7:
            rows.append(numbers)
    return {"vehicles": fleet[0], "capacity": fleet[1], "rows": rows}


def distance(a, b):
    return math.hypot(a[1] - b[1], a[2] - b[2])


def judge_solomon(instance, routes):
    """Distance of routes given as lists of customer numbers."""
    rows = instance["rows"]
    demand(len(routes) <= instance["vehicles"], "too many vehicles")
    seen = sorted(stop for route in routes for stop in route)
    demand(seen == list(range(1, len(rows))), "not each customer once")
    total = 0.0
    for route in routes:
        demand(sum(rows[stop][3] for stop in route) <= instance["capacity"] + 1e-9, "overloaded")
        now, at = rows[0][4], rows[0]
        for stop in [*route, 0]:
            leg = distance(at, rows[stop])
            total += leg
            now = max(now + leg, rows[stop][4])
            demand(now <= rows[stop][5] + TOLERANCE, f"too late at {stop}")
            now, at = now + rows[stop][6], rows[stop]
    return total


def routes_of_text(text):
    lines = [line for line in text.splitlines() if line.startswith("Route")]
    return [[int(word) for word in line.split(":")[1].split()] for line in lines]


def judge_hhcrsp(instance, answer):
    """(distance + tardiness + worst) / 3 of an answer in the format of the instances' authors."""
    patients = {patient["id"]: (k + 1, patient) for k, patient in enumerate(instance["patients"])}
    skills = {person["id"]: set(person["abilities"]) for person in instance["caregivers"]}
    usual = {kind["id"]: kind.get("default_duration") for kind in instance["services"]}
    matrix, starts, total, late, worst = instance["distances"], {}, 0.0, 0.0, 0.0
    demand(len({route["caregiver_id"] for route in answer["routes"]}) == len(answer["routes"]), "a caregiver twice")
    for route in answer["routes"]:
        who, now, at = route["caregiver_id"], 0.0, 0
        for stop in route["locations"]:
            place, patient = patients[stop["patient"]]
            asked = {need["service"]: need.get("duration", usual[need["service"]]) for need in patient["required_caregivers"]}
            demand(stop["service"] in skills[who] and stop["service"] in asked, "skill")
            start, end = stop["arrival_time"], stop["departure_time"]
            demand(start >= now + matrix[at][place] - TOLERANCE, f"cannot be at {stop['patient']} yet")
            demand(start >= patient["time_window"][0] - TOLERANCE, "before the window")
            demand(abs(end - start - asked[stop["service"]]) < TOLERANCE, "duration")
            demand((stop["patient"], stop["service"]) not in starts, "served twice")
            starts[stop["patient"], stop["service"]] = (start, who)
            total += matrix[at][place]
            tardy = max(0.0, start - patient["time_window"][1])
            late, worst, now, at = late + tardy, max(worst, tardy), end, place
        total += matrix[at][0]
    for name, (_, patient) in patients.items():
        needs = [need["service"] for need in patient["required_caregivers"]]
        demand(all((name, need) in starts for need in needs), f"{name} is not served")
        if len(needs) == 2:
            (first, a), (second, b) = starts[name, needs[0]], starts[name, needs[1]]
            low, high = patient["synchronization"].get("distance", (0, 0))
            demand(a != b and low - TOLERANCE <= second - first <= high + TOLERANCE, f"{name}: gap {second - first}")
    demand(len(starts) == sum(len(patient["required_caregivers"]) for patient in instance["patients"]), "extra services")
    return (total + late + worst) / 3


def read_hhcrsp(path):
    return json.load(open(path))
