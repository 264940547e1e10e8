// Loops over all cores, on the threads that oneDNN uses.

// Below this many bytes waking a thread costs more than it gives.
constexpr int64_t worthwhile_bytes = 128 * 1024;

// Calls body(from, to) with as many equal parts of 0..count as there are threads, always the same
// way, so that results do not depend on timing.
template <typename Body>
void parallel(int64_t count, int64_t bytes_each, const Body& body) {
  if (count <= 1 || count * bytes_each < worthwhile_bytes) {
    if (count > 0) body(int64_t{0}, count);
    return;
  }
#pragma omp parallel
  {
    int64_t size = omp_get_num_threads();
    int64_t part = omp_get_thread_num();
    int64_t from = count * part / size;
    int64_t to = count * (part + 1) / size;
    if (from < to) body(from, to);
  }
}
