"""The errors agentguard raises on purpose; everything else is a bug and refuses the push too."""


class AgentguardError(Exception):
    """Base of every error with a message for a person.

    `exit_code` is what the process ends with when the error reaches the boundary.
    """

    exit_code = 3


class ConfigurationError(AgentguardError):
    """A policy, rule, key or command line says something that cannot be meant (exit code 2)."""

    exit_code = 2


class EvaluationError(AgentguardError):
    """The change could not be judged, so it is refused (exit code 3)."""


class DeadlineError(EvaluationError):
    """Judging took longer than the policy allows."""


class SignatureError(AgentguardError):
    """Signature bytes that are malformed, of an unknown kind, or do not verify.

    Raised while verifying; callers turn it into a refused approval or an unsigned commit.
    """
