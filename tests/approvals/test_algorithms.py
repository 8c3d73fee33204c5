from __future__ import annotations

import pytest

from agentguard.approvals.algorithms import check
from agentguard.errors import SignatureError
from agentguard.keys import PublicKey
from tests.approvals.makers import JANE, hardware


def test_a_key_must_be_what_it_is_called() -> None:
    signature = JANE.blob(b"hello")
    assert check(JANE.public, signature, b"hello") is None
    for algorithm in ("ecdsa-sha2-nistp256", hardware(1).public.algorithm, "ssh-dss"):
        with pytest.raises(SignatureError, match="not accepted"):
            check(PublicKey(algorithm, JANE.public.blob), signature, b"hello")
