// N×C×H×W to N×H×W×C and back: many small matrices turned through tiles in shared memory, so that
// reads and writes are both whole sectors. Elements are only moved; the type names their size.
#include "elements.cuh"

const int TILE = 32;
const int TILE_ROWS = 8;

// y[z][column][row] = x[z][row][column]. Blocks are 32×8; x over columns, y over rows, z over
// matrices. The odd pitch keeps the columns of a tile in different banks.
template <typename T>
__device__ __forceinline__ void transpose(T* tile, const T* x, T* y, int matrices, int rows,
                                          int columns) {
  for (int z = blockIdx.z; z < matrices; z += gridDim.z) {
    int64 matrix = static_cast<int64>(z) * rows * columns;
    for (int top = blockIdx.y * TILE; top < rows; top += gridDim.y * TILE) {
      int left = blockIdx.x * TILE;
      for (int r = threadIdx.y; r < TILE; r += TILE_ROWS) {
        int row = top + r;
        int column = left + threadIdx.x;
        if (row < rows && column < columns) {
          tile[r * (TILE + 1) + threadIdx.x] = x[matrix + static_cast<int64>(row) * columns + column];
        }
      }
      __syncthreads();
      for (int c = threadIdx.y; c < TILE; c += TILE_ROWS) {
        int column = left + c;
        int row = top + threadIdx.x;
        if (row < rows && column < columns) {
          y[matrix + static_cast<int64>(column) * rows + row] = tile[threadIdx.x * (TILE + 1) + c];
        }
      }
      __syncthreads();
    }
  }
}

extern "C" __global__ void __launch_bounds__(256)
    ENTRY(transpose_1)(const uint8* __restrict__ x, uint8* __restrict__ y, int matrices, int rows,
                       int columns) {
  __shared__ uint8 tile[TILE * (TILE + 1)];
  transpose(tile, x, y, matrices, rows, columns);
}

extern "C" __global__ void __launch_bounds__(256)
    ENTRY(transpose_2)(const uint16* __restrict__ x, uint16* __restrict__ y, int matrices, int rows,
                       int columns) {
  __shared__ uint16 tile[TILE * (TILE + 1)];
  transpose(tile, x, y, matrices, rows, columns);
}

extern "C" __global__ void __launch_bounds__(256)
    ENTRY(transpose_4)(const uint32* __restrict__ x, uint32* __restrict__ y, int matrices, int rows,
                       int columns) {
  __shared__ uint32 tile[TILE * (TILE + 1)];
  transpose(tile, x, y, matrices, rows, columns);
}
