// Kernels with the faults that the host header must find, and one that is right.
#include "elements.cuh"

extern "C" __global__ void ENTRY(faulty_divergent_barrier)(int* y) {
  if (threadIdx.x < 5) {
    __syncthreads();
  }
  y[threadIdx.x] = 1;
}

extern "C" __global__ void ENTRY(faulty_write_behind)(int* y) {
  y[threadIdx.x] = 1;
}

extern "C" __global__ void ENTRY(faulty_missing_barrier)(int* y) {
  __shared__ int shared[64];
  shared[threadIdx.x] = threadIdx.x;
  y[threadIdx.x] = shared[blockDim.x - 1 - threadIdx.x];
}

// Each thread adds up what all threads before it wrote, warp by warp and across warps.
extern "C" __global__ void ENTRY(right_exchange)(int* y) {
  __shared__ int warps[2];
  int sum = threadIdx.x;
  for (int distance = 16; distance > 0; distance /= 2) {
    sum += __shfl_xor_sync(0xffffffffu, sum, distance);
  }
  warps[threadIdx.x / 32] = sum;
  __syncthreads();
  y[threadIdx.x] = warps[0] * 10000 + warps[1];
}
