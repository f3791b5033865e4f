// SPDX-License-Identifier: Apache-2.0
// SOCI without its support for Boost.Fusion sequences: Gatehouse binds none, and the Fusion headers are larger than
// SOCI itself. Everything else is as the library was built. Include this header instead of SOCI's own.
#pragma once

#include <soci/soci-config.h>
#undef SOCI_HAVE_BOOST
#include <soci/soci.h>
