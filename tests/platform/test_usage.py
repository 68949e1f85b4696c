"""What transfers ask of the network, by the rules F3.2 to F3.4."""

from __future__ import annotations

from describing import cluster, platform
from hypothesis import given
from hypothesis import strategies as st

from elastisim.platform import LinkPolicy, pair_usage


def weights(usage):
    return {link.name: weight for link, weight in usage.weights.items()}


def test_weights_add_up_on_shared_links_and_not_on_fat_pipes():
    found = cluster('bb_bw="1GBps" bb_lat="1ms" bb_sharing_policy="FATPIPE"')
    a, b, c, _ = found.hosts

    usage = pair_usage(found, [(a, b, 10.0), (a, c, 30.0), (b, c, 20.0)])

    assert weights(usage) == {
        "c_link_0_UP": 40.0,
        "c_backbone": 30.0,
        "c_link_1_DOWN": 10.0,
        "c_link_2_DOWN": 50.0,
        "c_link_1_UP": 20.0,
    }
    assert [link.name for link in usage.weights][:3] == ["c_link_0_UP", "c_backbone", "c_link_1_DOWN"]
    assert usage.latency == found.route(a, b).latency
    assert usage.window == usage.latency * 30.0


def test_every_occurrence_in_a_route_counts():
    found = platform(
        '<zone id="z" routing="Full"><host id="a" speed="1f"/><host id="b" speed="1f"/><link id="l" bandwidth="1Bps" '
        'latency="1s"/><route src="a" dst="b"><link_ctn id="l"/><link_ctn id="l"/></route></zone>'
    )

    usage = pair_usage(found, [(*found.hosts, 3.0)])

    assert (weights(usage), usage.latency, usage.window) == ({"l": 6.0}, 2.0, 6.0)


def test_transfers_of_nothing_count_nowhere():
    found = cluster()

    usage = pair_usage(found, [(found.hosts[0], found.hosts[1], 0.0)])

    assert (usage.weights, usage.latency, usage.window) == ({}, 0.0, 0.0)


def test_the_window_is_the_largest_product_not_the_product_of_the_largest():
    found = platform(
        '<zone id="z" routing="Full"><host id="a" speed="1f"/><host id="b" speed="1f"/><host id="c" speed="1f"/>'
        '<link id="slow" bandwidth="1Bps" latency="5s"/><link id="fast" bandwidth="1Bps" latency="1s"/>'
        '<route src="a" dst="b"><link_ctn id="slow"/></route>'
        '<route src="a" dst="c"><link_ctn id="fast"/></route></zone>'
    )
    a, b, c = found.hosts

    usage = pair_usage(found, [(a, b, 1.0), (a, c, 7.0)])

    assert (usage.latency, usage.window) == (5.0, 7.0)


def test_latencies_set_by_profiles_count():
    found = cluster()
    a, b, *_ = found.hosts

    usage = pair_usage(found, [(a, b, 2.0)], {found.link("c_link_1_DOWN"): 1.0})

    assert (usage.latency, usage.window) == (1.001, 2.002)


@given(st.lists(st.tuples(st.integers(0, 3), st.integers(0, 3), st.floats(0, 1e12)), max_size=12))
def test_the_order_of_additions_is_that_of_the_pairs(pairs):
    found = cluster('bb_bw="1GBps"')
    transfers = [(found.hosts[i], found.hosts[j], amount) for i, j, amount in pairs]
    expected: dict[str, float] = {}
    for source, destination, amount in transfers:
        for link in found.route(source, destination).links if amount > 0 else ():
            assert link.policy is LinkPolicy.SHARED
            expected[link.name] = expected[link.name] + amount if link.name in expected else amount

    assert weights(pair_usage(found, transfers)) == expected
