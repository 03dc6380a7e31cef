"""What a node says no with: gRPC's codes, and words as the network has them."""

import grpc


class Refused(Exception):
    def __init__(self, code: grpc.StatusCode, message: str) -> None:
        super().__init__(message)
        self.code = code
        self.message = message


class Aborted(Exception):
    """A transaction that is run and fails: what it did is undone, and its gas is paid."""


def invalid(message: str) -> Refused:
    return Refused(grpc.StatusCode.INVALID_ARGUMENT, message)


def conflict(message: str) -> Refused:
    return Refused(grpc.StatusCode.FAILED_PRECONDITION, message)


def missing(message: str) -> Refused:
    return Refused(grpc.StatusCode.NOT_FOUND, message)
