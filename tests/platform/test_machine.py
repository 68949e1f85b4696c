"""The roles of hosts (section 12 of the specification)."""

from __future__ import annotations

import pytest
from describing import platform

from elastisim.errors import InputError
from elastisim.platform import Machine, NodeKind


def machine(**hosts: dict[str, str]) -> Machine:
    """Return the machine of hosts with these properties, declared in this order."""
    described = "".join(
        f'<host id="{name}" speed="1f">'
        + "".join(f'<prop id="{key}" value="{value}"/>' for key, value in properties.items())
        + "</host>"
        for name, properties in hosts.items()
    )
    return Machine(platform(f'<zone id="z" routing="Full">{described}</zone>'))


def test_roles():
    found = machine(
        z={}, p2={"pfs_host": "true"}, b={"batch_system": "true", "pfs_host": "true"}, a={}, p1={"pfs_host": "true"}
    )

    assert [(node.identifier, node.host.name) for node in found.compute_nodes] == [(0, "a"), (1, "z")]
    assert [host.name for host in found.pfs_hosts] == ["p1", "p2"]
    assert found.batch_host.name == "b"
    assert found.compute_nodes[0].pfs_targets == found.pfs_hosts


@pytest.mark.parametrize("value", ["True", "1", "yes", "true "])
def test_only_true_is_true(value):
    found = machine(a={"batch_system": value}, b={"pfs_host": value}, c={"node_local_bb": value})

    assert len(found.compute_nodes) == 3
    assert {node.kind for node in found.compute_nodes} == {NodeKind.COMPUTE}


def test_without_batch_host_the_first_host_has_both_roles():
    found = machine(b={}, a={"pfs_host": "true"})

    assert found.batch_host is found.pfs_hosts[0]


def test_burst_buffers():
    bandwidths = {"node_local_bb": "true", "bb_read_bw": "2GBps", "bb_write_bw": "8Gbps"}
    found = machine(
        a=bandwidths,
        b=bandwidths | {"wide_striping": "true", "flops_per_byte": "3kf"},
        c=bandwidths | {"wide_striping": "true"},
        d={"wide_striping": "true", "bb_read_bw": "nonsense"},
        e=bandwidths | {"flops_per_byte": "nonsense"},
    )

    assert [node.kind for node in found.compute_nodes] == [1, 2, 2, 0, 1]
    assert [node.flops_per_byte for node in found.compute_nodes] == [0.0, 3e3, 0.0, 0.0, 0.0]
    buffer = found.compute_nodes[1].burst_buffer
    assert buffer is not None
    assert (buffer.read_bandwidth, buffer.write_bandwidth) == (2e9, 1e9)
    assert found.compute_nodes[3].burst_buffer is None


def test_gpus():
    found = machine(
        a={"num_gpus": "4 of them", "flops_per_gpu": "1.5f", "gpu_to_gpu_bw": "2.5Bps"},
        b={"num_gpus": "1", "flops_per_gpu": "0.5f"},
        c={"num_gpus": "0", "flops_per_gpu": "nonsense"},
        d={},
    )

    described = [(node.gpus, node.flops_per_gpu, node.gpu_bandwidth) for node in found.compute_nodes]
    assert described == [(4, 1.0, 2.0), (1, 0.0, 0.0), (0, 0.0, 0.0), (0, 0.0, 0.0)]


def test_pfs_targets_keep_their_order_and_repetitions():
    found = machine(
        a={"pfs_targets": "p2, a;p2"}, b={"pfs_targets": "p1,p2"}, p1={"pfs_host": "true"}, p2={"pfs_host": "true"}
    )

    assert [[host.name for host in node.pfs_targets] for node in found.compute_nodes] == [
        ["p2", "a", "p2"],
        ["p1", "p2"],
    ]


@pytest.mark.parametrize(
    ("properties", "reason"),
    [
        ({"pfs_targets": "nowhere"}, "host 'a', property pfs_targets: there is no host 'nowhere'"),
        ({"pfs_targets": "a,"}, "host 'a', property pfs_targets: there is no host ''"),
        ({"node_local_bb": "true", "bb_write_bw": "1Bps"}, "host 'a' needs the property bb_read_bw: a number"),
        ({"node_local_bb": "true", "bb_read_bw": "1Bps"}, "host 'a' needs the property bb_write_bw"),
        ({"node_local_bb": "true", "bb_read_bw": "0", "bb_write_bw": "1Bps"}, "bb_read_bw: '0' must be positive"),
        ({"node_local_bb": "true", "bb_read_bw": "20T", "bb_write_bw": "1Bps"}, "unknown unit 'T'"),
        ({"num_gpus": "many"}, "property num_gpus: 'many' is not an integer"),
        ({"num_gpus": "-1", "flops_per_gpu": "1f"}, "property num_gpus: '-1' is negative"),
        ({"num_gpus": "1"}, "host 'a' needs the property flops_per_gpu"),
        ({"num_gpus": "2", "flops_per_gpu": "1f"}, "host 'a' needs the property gpu_to_gpu_bw"),
        ({"num_gpus": "1", "flops_per_gpu": "20T"}, "property flops_per_gpu: '20T' has the unknown unit 'T'"),
    ],
)
def test_wrong_properties(properties, reason):
    with pytest.raises(InputError, match=rf"platform\.xml: .*{reason}"):
        machine(a=properties, b={})


def test_all_problems_are_reported_at_once():
    with pytest.raises(InputError) as caught:
        machine(a={"num_gpus": "x"}, b={"pfs_targets": "q"}, c={"batch_system": "true"}, d={"batch_system": "true"})

    assert [problem.message.split(",")[0] for problem in caught.value.problems] == [
        "hosts 'c' and 'd' both have the property batch_system = true; one host can have it",
        "host 'a'",
        "host 'b'",
    ]


def test_a_platform_without_hosts_is_no_machine():
    with pytest.raises(InputError, match="the platform has no hosts"):
        machine()


def test_switching_off_is_not_supported():
    body = (
        '<zone id="z" routing="Full"><host id="a" speed="1f"/></zone><trace id="t" periodicity="0">1 {value}</trace>\n'
        '<trace_connect kind="HOST_AVAIL" trace="t" element="a"/>'
    )

    with pytest.raises(InputError, match="line 5: 'a' is switched off by a profile; not supported"):
        Machine(platform(body.format(value=0)))
    assert len(Machine(platform(body.format(value=1))).compute_nodes) == 1


def test_properties_of_a_cluster_are_read_once():
    with pytest.raises(InputError) as caught:
        Machine(
            platform(
                '<cluster id="c" prefix="n" suffix="" radical="0-99" speed="1f" bw="1Bps" lat="0">'
                '<prop id="num_gpus" value="x"/></cluster>'
            )
        )

    assert len(caught.value.problems) == 1
