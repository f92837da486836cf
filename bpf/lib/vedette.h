/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
 *
 * All of bpf/lib, for the families.
 */
#ifndef VEDETTE_LIB_VEDETTE_H
#define VEDETTE_LIB_VEDETTE_H

#include "vmlinux.h"

#include <bpf/bpf_core_read.h>
#include <bpf/bpf_helpers.h>
#include <bpf/bpf_tracing.h>

#include "alias.h"
#include "emit.h"
#include "exit.h"
#include "guard.h"
#include "judge.h"
#include "path.h"

char LICENSE[] SEC("license") = "Dual BSD/GPL";

#endif
