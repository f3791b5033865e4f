# SPDX-License-Identifier: Apache-2.0
"""Every fault there is."""

# pylint: disable=unused-import
import both_faults  # noqa: F401
import disk_faults  # noqa: F401
import gateway_faults  # noqa: F401
import path_faults  # noqa: F401
import redis_faults  # noqa: F401
import sql_faults  # noqa: F401
import tcp_faults  # noqa: F401
from faults import FAULTS, TCP_FAULTS  # noqa: F401
