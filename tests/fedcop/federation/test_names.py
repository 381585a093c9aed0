"""Names of other servers: believed unless they would mislead."""

from fedcop.federation.peers.names import believed


def test_names_that_mistake_nobody_are_believed() -> None:
    said = [("val.example", "Coop Val"), ("a.example", "TIESS"), ("b.example", "tiess"), ("c.example", "Réseau Verger")]
    assert believed([*said, ("d.example", "val.example"), ("e.example", "x" * 80)], "réseau verger") == {
        "val.example": "Coop Val"
    }
