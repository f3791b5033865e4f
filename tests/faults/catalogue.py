# SPDX-License-Identifier: Apache-2.0
"""Every fault there is."""

# pylint: disable=unused-import
import gateway_faults  # noqa: F401
import path_faults  # noqa: F401
import redis_faults  # noqa: F401
import sql_faults  # noqa: F401
from faults import FAULTS, together  # noqa: F401
