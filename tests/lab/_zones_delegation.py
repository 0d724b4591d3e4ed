"""Zones whose name servers, or whose start, have one fault each."""

from __future__ import annotations

from lab._dns_zones import GOOD, NEIGHBOUR, ONE, ONE_SIX, OTHER, RECURSING, TELLING, TWO, Zone

ZONES = {
    # the names and addresses that are written
    "halfknown.test": Zone(GOOD, at_parent={"ns1": ONE}),
    "homeless.test": Zone(GOOD, {"ns1": ONE, "ns2": TWO, "ns3": ""}),
    "nsaddress.test": Zone(GOOD, {"ns1": ONE, "ns2": TWO, f"{OTHER}.": ""}),
    "badname.test": Zone(GOOD, {"ns1": ONE, "ns_2": TWO}),
    "quarrel.test": Zone(
        GOOD + f"ns3 3600 IN A {TWO}\n", {"ns1": ONE, "ns2": OTHER}, variant=Zone(GOOD, {"ns1": ONE, "ns2": OTHER, "ns3": TWO})
    ),
    "oldglue.test": Zone(GOOD, at_parent={"ns1": ONE, "ns2": NEIGHBOUR}),
    "shared.test": Zone(GOOD, {"ns1": ONE, "ns2": TWO, "ns3": ONE}),
    "onesix.test": Zone(GOOD, {"ns1": (ONE, ONE_SIX), "ns2": TWO}),
    "oneplace.test": Zone(GOOD, {"ns1": ONE, "ns2": NEIGHBOUR}),
    # what the servers do for strangers
    "recurses.test": Zone(GOOD, {"ns1": ONE, "ns2": RECURSING}),
    "transfers.test": Zone(GOOD, transfer_open=True),
    "tells.test": Zone(GOOD, {"ns1": ONE, "ns2": TELLING}),
    # the start of the zone
    "behind.test": Zone(
        GOOD, {"ns1": ONE, "ns2": OTHER}, serial=2026112202, variant=Zone(GOOD, {"ns1": ONE, "ns2": OTHER}, serial=2026112201)
    ),
    "shortlived.test": Zone(GOOD, expire=86400),
    "dying.test": Zone(GOOD, refresh=1209600, expire=1209599),
    "remembered.test": Zone(GOOD, minimum=604800),
    "fromnowhere.test": Zone(GOOD, mname="localhost."),
}
