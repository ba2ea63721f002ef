"""`tf.config`: what there is to compute on, and how much of it is used."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple


class PhysicalDevice(NamedTuple):
    """A device of the machine."""

    name: str
    device_type: str


class LogicalDevice(NamedTuple):
    """A device as programs name it."""

    name: str
    device_type: str


_CPU = PhysicalDevice("/physical_device:CPU:0", "CPU")
_inter_op = 0


def list_physical_devices(device_type: str | None = None) -> list[PhysicalDevice]:
    """The devices of a type, or all: there is the CPU."""
    return [_CPU] if device_type in (None, "CPU") else []


def list_logical_devices(device_type: str | None = None) -> list[LogicalDevice]:
    """The devices of a type, or all, as programs name them."""
    return [LogicalDevice("/device:CPU:0", "CPU")] if device_type in (None, "CPU") else []


def get_visible_devices(device_type: str | None = None) -> list[PhysicalDevice]:
    """The devices that are used: the CPU."""
    return list_physical_devices(device_type)


def set_visible_devices(devices: PhysicalDevice | Sequence[PhysicalDevice], device_type: str | None = None) -> None:
    """Chooses the devices to be used; without the CPU there is none."""
    chosen = [devices] if isinstance(devices, PhysicalDevice) else list(devices)
    if any(device != _CPU for device in chosen):
        raise ValueError(f"Unrecognized device: {next(device for device in chosen if device != _CPU)!r}; there is {_CPU}")
    if not chosen and device_type in (None, "CPU"):
        raise ValueError("set_visible_devices: the CPU is the one device there is, and cannot be left out")


def set_inter_op_parallelism_threads(num_threads: int) -> None:
    """Takes the number for `get_inter_op_parallelism_threads`: ops run one after the other, each on as many threads as it may use."""
    global _inter_op
    if num_threads < 0:
        raise ValueError(f"the number of threads must not be negative, got {num_threads}")
    _inter_op = int(num_threads)


def get_inter_op_parallelism_threads() -> int:
    """The number that was set; 0 at first."""
    return _inter_op
