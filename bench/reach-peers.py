"""The peers of bench/reach: scipy and pandana on what `measure` wrote. CPU seconds of the process, one thread.

Peers know nodes only: points and facilities stand at their nearest end of an edge, access legs are left out. They get
the contracted graph, which is the faster one for them. What agrees with our distances is checked where it can be: node
distances, for facilities that stand on nodes.
"""

import json
import os
import sys
import time
from pathlib import Path

import numpy as np
import pandas as pd
from scipy.optimize import Bounds, LinearConstraint, milp
from scipy.sparse import coo_matrix, csr_matrix
from scipy.sparse.csgraph import dijkstra

work = Path(sys.argv[1])
ours = json.loads((work / "ours.json").read_text())
nodes = np.fromfile(work / "nodes.f64").reshape(-1, 2)
edges = np.fromfile(work / "edges.u32", dtype=np.uint32).reshape(-1, 3)
point_nodes = np.fromfile(work / "point_nodes.u32", dtype=np.uint32)
facility_nodes = np.fromfile(work / "facility_nodes.u32", dtype=np.uint32).reshape(5, -1)
at_nodes = np.fromfile(work / "node_distances.f32", dtype=np.float32).reshape(5, -1)
limit = 1125.0


def cpu(work, runs=1):
    least, made = float("inf"), None
    for _ in range(runs):
        start = time.process_time()
        made = work()
        least = min(least, time.process_time() - start)
    return least, made


def check(name, distances):
    """Every node within the limit has our distance, every other one has none, to 0.1 m."""
    worst = 0.0
    for kind in range(5):
        theirs = np.where(distances[kind] <= limit - 0.1, distances[kind], np.inf)
        mine = np.where(np.isnan(at_nodes[kind]), np.inf, at_nodes[kind])
        both = np.isfinite(theirs)
        worst = max(worst, np.abs(theirs[both] - mine[both]).max())
        assert not np.any(np.isfinite(mine) & (distances[kind] > limit + 0.1)), name
    assert worst < 0.1, (name, worst)
    return worst


count = len(nodes)
metres = edges[:, 2] / 10_000.0
graph = coo_matrix((np.maximum(metres, 1e-6), (edges[:, 0], edges[:, 1])), shape=(count, count))
# Of parallel edges the shortest; scipy would add them up.
order = np.argsort(metres, kind="stable")
_, keep = np.unique(edges[order, :2].min(axis=1).astype(np.int64) * count + edges[order, :2].max(axis=1), return_index=True)
keep = order[keep]
graph = csr_matrix((np.maximum(metres[keep], 1e-6), (edges[keep, 0], edges[keep, 1])), shape=(count, count))


def scipy_search():
    return [dijkstra(graph, directed=False, indices=kind, min_only=True, limit=limit) for kind in facility_nodes]


scipy_time, scipy_distances = cpu(scipy_search, 3)
scipy_look, _ = cpu(lambda: [distances[point_nodes] for distances in scipy_distances], 3)
scipy_worst = check("scipy", scipy_distances)

import pandana  # noqa: E402  (it prints, and starts threads)


def pandana_build():
    network = pandana.Network(
        pd.Series(nodes[:, 0]),
        pd.Series(nodes[:, 1]),
        pd.Series(edges[:, 0].astype(int)),
        pd.Series(edges[:, 1].astype(int)),
        pd.DataFrame({"metres": metres}),
        twoway=True,
    )
    network.precompute(limit)
    return network


def pandana_search(network):
    found = []
    for number, kind in enumerate(facility_nodes):
        at = nodes[kind]
        network.set_pois(f"kind{number}", limit, 1, pd.Series(at[:, 0]), pd.Series(at[:, 1]))
        found.append(network.nearest_pois(limit, f"kind{number}", num_pois=1)[1].to_numpy())
    return found


pandana_build_time, network = cpu(pandana_build)
pandana_time, pandana_distances = cpu(lambda: pandana_search(network))
pandana_look, _ = cpu(lambda: [distances[point_nodes] for distances in pandana_distances], 3)
points = pd.read_csv(work / "points.csv")
pandana_snap, _ = cpu(lambda: network.get_node_ids(points.lon, points.lat))
near = np.mean([np.mean(np.abs(np.where(p < limit, p, 0) - np.where(s < limit, s, 0)) < 0.1) for p, s in zip(pandana_distances, scipy_distances)])

# The optimum of the siting by HiGHS, when the classes were written and it ends in time.
optimum = None
if "siting_classes" in ours:
    weights = np.fromfile(work / "class_weights.u64", dtype=np.uint64).astype(float)
    pairs = np.fromfile(work / "class_pairs.u32", dtype=np.uint32).reshape(-1, 2)
    candidates, classes = ours["siting_candidates"], len(weights)
    if len(pairs) <= 6_000_000:
        cover = coo_matrix((np.ones(len(pairs)), (pairs[:, 1], pairs[:, 0])), shape=(classes, candidates))
        rows = csr_matrix(cover)
        from scipy.sparse import eye, hstack

        limits = [
            LinearConstraint(hstack([-rows, eye(classes)]).tocsr(), ub=0),
            LinearConstraint(np.r_[np.ones(candidates), np.zeros(classes)], ub=ours["siting_count"]),
        ]
        solved = milp(
            np.r_[np.zeros(candidates), -weights],
            constraints=limits,
            bounds=Bounds(0, 1),
            integrality=np.r_[np.ones(candidates), np.zeros(classes)],
            options={"time_limit": float(os.environ.get("HIGHS_SECONDS", "120")), "mip_rel_gap": 1e-6},
        )
        if solved.x is not None:
            optimum = (-solved.fun, -solved.mip_dual_bound)

print(f"{ours['nodes']:,} nodes, {count:,} junctions, 690,000 points, 5 × 30 facilities, {limit:g} m; CPU seconds, one thread\n")
print("| | sangyu reach | scipy | pandana |")
print("|---|---|---|---|")
print(f"| made ready | {ours['load']:.3f} (from the packed file) | | {pandana_build_time:.1f} |")
print(f"| snap 690,000 points | {ours['snap']:.3f} (to edges, with legs) | | {pandana_snap:.2f} (to nodes) |")
print(f"| search, five kinds | {ours['search']:.4f} | {scipy_time:.3f} | {pandana_time:.2f} |")
print(f"| look-up of all points | {max(0, ours['all'] - ours['snap'] - ours['search']):.3f} | {scipy_look:.3f} | {pandana_look:.3f} |")
print(f"| **snap + search + look-up** | **{ours['all']:.3f}** | | |")
print(f"| one facility opened, moved, closed → coverage | {ours['edit_ms']:.2f} ms (worst {ours['edit_worst_ms']:.2f}) | | |")
print()
print(f"scipy differs from us by at most {scipy_worst * 1000:.3f} mm over all nodes; pandana agrees with scipy on {near:.2%} of them.")
if "siting_classes" in ours:
    gap = (ours["siting_bound"] / ours["siting_covered"] - 1) * 100
    print(
        f"Siting: {ours['siting_candidates']:,} candidates, p = {ours['siting_count']}: {ours['siting_covered']:,} covered, "
        f"bound {ours['siting_bound']:,} ({gap:.2f} %), {ours['siting'] * 1000:.0f} ms from ready cover sets "
        f"({ours['siting_classes']:,} classes), which take {ours['siting_sets']:.2f} s. With 600 steps of proof: "
        f"{ours['siting_long_covered']:,}, bound {ours['siting_long_bound']:,} "
        f"({(ours['siting_long_bound'] / ours['siting_long_covered'] - 1) * 100:.2f} %), {ours['siting_long']:.2f} s."
    )
if optimum:
    print(f"HiGHS: best found {optimum[0]:,.0f}, bound {optimum[1]:,.0f}; ours is {ours['siting_covered'] / optimum[0]:.4%} of it.")
print("Import {import:.3f}, packed file {packed_bytes:,} bytes.".format(**ours))
