/**
 * What differs between the machines that we run on: numbers of system calls (asm/unistd_64.h; asm-generic/unistd.h) and
 * two flags of open(2) (arch/arm64/include/uapi/asm/fcntl.h). Calls from 424 on have one number everywhere.
 */

/** Numbers and flags of one machine. */
export interface Machine {
  readonly bpf: number;
  readonly fstat: number;
  readonly getdents64: number;
  readonly memfdCreate: number;
  readonly ptrace: number;
  readonly O_DIRECTORY: number;
  readonly O_NOFOLLOW: number;
}

/** By `process.arch`. */
export const machines: Readonly<Record<'x64' | 'arm64', Machine>> = {
  x64: {
    bpf: 321,
    fstat: 5,
    getdents64: 217,
    memfdCreate: 319,
    ptrace: 101,
    O_DIRECTORY: 0o200000,
    O_NOFOLLOW: 0o400000,
  },
  arm64: {
    bpf: 280,
    fstat: 80,
    getdents64: 61,
    memfdCreate: 279,
    ptrace: 117,
    O_DIRECTORY: 0o40000,
    O_NOFOLLOW: 0o100000,
  },
};

/** This machine. The launcher starts us on no other. */
export const machine: Machine = process.arch === 'arm64' ? machines.arm64 : machines.x64;
