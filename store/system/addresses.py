"""Tell this machine's own names and addresses from others."""

from ipaddress import ip_address


def is_loopback(host: str) -> bool:
    """Return whether a name or address, without a port, means this machine itself."""
    if host == "localhost":
        return True
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return False
