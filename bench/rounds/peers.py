"""Solvers from PyPI on the same instances, each under the same CPU seconds: `peers.py SOLVER INSTANCE SECONDS SEED OUT`.

PyVRP and OR-Tools are stopped by the CPU clock of the process; VROOM ends by itself at its highest exploration level.
PyVRP and VROOM cannot state a visit by two persons; OR-Tools can, without the worst lateness in its objective.
"""

import json
import sys
import time

import judge

SCALE = 1000


def ints(instance):
    rows = instance["rows"]
    return [[round(judge.distance(a, b) * SCALE) for b in rows] for a in rows]


def pyvrp(instance, seconds, seed):
    from pyvrp import Model

    class CpuTime:
        def __call__(self, best_cost):
            return time.process_time() >= seconds

    rows, matrix, model = instance["rows"], ints(instance), Model()
    places = [model.add_location(x=row[1], y=row[2]) for row in rows]
    model.add_depot(places[0])
    model.add_vehicle_type(
        num_available=instance["vehicles"], capacity=int(instance["capacity"]), tw_early=0, tw_late=int(rows[0][5] * SCALE)
    )
    for place, row in zip(places[1:], rows[1:]):
        model.add_client(
            place, delivery=int(row[3]), service_duration=int(row[6] * SCALE),
            tw_early=int(row[4] * SCALE), tw_late=int(row[5] * SCALE),
        )
    for a, one in enumerate(places):
        for b, other in enumerate(places):
            if a != b:
                model.add_edge(one, other, distance=matrix[a][b], duration=matrix[a][b])
    best = model.solve(stop=CpuTime(), seed=seed, display=False).best
    return [[stop.idx + 1 for stop in route if stop.is_client()] for route in best.routes()]


def pyvroom(instance, seconds, seed):
    import numpy
    import vroom

    rows, matrix, problem = instance["rows"], ints(instance), vroom.Input()
    table = numpy.array(matrix, dtype=numpy.uint32)
    problem.set_durations_matrix(profile="car", matrix_input=table)
    problem.set_costs_matrix(profile="car", matrix_input=table)
    window = lambda row: vroom.TimeWindow(int(row[4] * SCALE), int(row[5] * SCALE))
    for k in range(instance["vehicles"]):
        problem.add_vehicle(vroom.Vehicle(k, start=0, end=0, capacity=[int(instance["capacity"])], time_window=window(rows[0])))
    for k, row in enumerate(rows[1:], 1):
        problem.add_job(vroom.Job(k, location=k, default_service=int(row[6] * SCALE), delivery=[int(row[3])], time_windows=[window(row)]))
    found, routes = problem.solve(exploration_level=5, nb_threads=1).routes, {}
    for vehicle, kind, job in zip(found["vehicle_id"], found["type"], found["id"]):
        if kind == "job":
            routes.setdefault(int(vehicle), []).append(int(job))
    return list(routes.values())


def or_search(manager, routing, seconds):
    from ortools.constraint_solver import pywrapcp, routing_enums_pb2

    parameters = pywrapcp.DefaultRoutingSearchParameters()
    parameters.first_solution_strategy = routing_enums_pb2.FirstSolutionStrategy.PARALLEL_CHEAPEST_INSERTION
    parameters.local_search_metaheuristic = routing_enums_pb2.LocalSearchMetaheuristic.GUIDED_LOCAL_SEARCH
    parameters.time_limit.FromSeconds(36_000)
    routing.AddSearchMonitor(routing.solver().CustomLimit(lambda: time.process_time() >= seconds))
    return routing.SolveWithParameters(parameters)


def ortools(instance, seconds, seed):
    from ortools.constraint_solver import pywrapcp

    rows, matrix = instance["rows"], ints(instance)
    manager = pywrapcp.RoutingIndexManager(len(rows), instance["vehicles"], 0)
    routing = pywrapcp.RoutingModel(manager)
    node = manager.IndexToNode
    way = routing.RegisterTransitCallback(lambda a, b: matrix[node(a)][node(b)])
    spent = routing.RegisterTransitCallback(lambda a, b: matrix[node(a)][node(b)] + int(rows[node(a)][6] * SCALE))
    load = routing.RegisterUnaryTransitCallback(lambda a: int(rows[node(a)][3]))
    routing.SetArcCostEvaluatorOfAllVehicles(way)
    routing.AddDimensionWithVehicleCapacity(load, 0, [int(instance["capacity"])] * instance["vehicles"], True, "load")
    horizon = int(rows[0][5] * SCALE)
    routing.AddDimension(spent, horizon, horizon, False, "time")
    times = routing.GetDimensionOrDie("time")
    for k in range(1, len(rows)):
        times.CumulVar(manager.NodeToIndex(k)).SetRange(int(rows[k][4] * SCALE), int(rows[k][5] * SCALE))
    found, routes = or_search(manager, routing, seconds), []
    for vehicle in range(instance["vehicles"]):
        at, route = found.Value(routing.NextVar(routing.Start(vehicle))), []
        while not routing.IsEnd(at):
            route.append(node(at))
            at = found.Value(routing.NextVar(at))
        routes += [route] if route else []
    return routes


def ortools_pairs(instance, seconds, seed):
    from ortools.constraint_solver import pywrapcp

    nodes, matrix, people = [(0, None, 0, None)], instance["distances"], instance["caregivers"]
    for k, patient in enumerate(instance["patients"], 1):
        nodes += [(k, need["service"], need["duration"], patient) for need in patient["required_caregivers"]]
    manager = pywrapcp.RoutingIndexManager(len(nodes), len(people), 0)
    routing = pywrapcp.RoutingModel(manager)
    of = lambda index: nodes[manager.IndexToNode(index)]
    leg = lambda a, b: round(matrix[of(a)[0]][of(b)[0]] * SCALE)
    routing.SetArcCostEvaluatorOfAllVehicles(routing.RegisterTransitCallback(leg))
    spent = routing.RegisterTransitCallback(lambda a, b: leg(a, b) + round(of(a)[2] * SCALE))
    horizon = 5_000 * SCALE
    routing.AddDimension(spent, horizon, horizon, False, "time")
    times, solver, first = routing.GetDimensionOrDie("time"), routing.solver(), {}
    for k, (_, service, _, patient) in enumerate(nodes[1:], 1):
        index = manager.NodeToIndex(k)
        start = times.CumulVar(index)
        start.SetMin(round(patient["time_window"][0] * SCALE))
        times.SetCumulVarSoftUpperBound(index, round(patient["time_window"][1] * SCALE), 1)
        routing.VehicleVar(index).SetValues([v for v, one in enumerate(people) if service in one["abilities"]])
        if patient["id"] not in first:
            first[patient["id"]] = index
            continue
        before = first[patient["id"]]
        low, high = patient["synchronization"].get("distance", (0, 0))
        solver.Add(start - times.CumulVar(before) >= round(low * SCALE))
        solver.Add(start - times.CumulVar(before) <= round(high * SCALE))
        solver.Add(routing.VehicleVar(index) != routing.VehicleVar(before))
    found, routes = or_search(manager, routing, seconds), []
    for vehicle, person in enumerate(people if found else []):
        at, stops = found.Value(routing.NextVar(routing.Start(vehicle))), []
        while not routing.IsEnd(at):
            start = found.Min(times.CumulVar(at)) / SCALE
            _, service, minutes, patient = of(at)
            stops.append({"patient": patient["id"], "service": service, "arrival_time": start, "departure_time": start + minutes})
            at = found.Value(routing.NextVar(at))
        routes.append({"caregiver_id": person["id"], "locations": stops})
    return {"routes": routes}


def main():
    solver, path, seconds, seed, out = sys.argv[1:6]
    reader = judge.read_hhcrsp if path.endswith(".json") else judge.read_solomon
    answer = globals()[solver](reader(path), float(seconds), int(seed))
    json.dump(answer, open(out, "w"))


if __name__ == "__main__":
    main()
