// SPDX-License-Identifier: Apache-2.0
#include "gateway/cli/cli.h"

int main(int argc, char** argv) {
    return gatehouse::cli::run(argc, argv);
}
