// Sixteen numbers at a time: one register of AVX-512, two of AVX2. Computed in f32; bf16 is the
// upper half of an f32. Instructions that round to bf16 take numbers below 2⁻¹²⁶ for 0, ours do not.

using bf16 = uint16_t;

constexpr int64_t lanes = 16;

typedef float floats __attribute__((vector_size(64)));
typedef int32_t ints __attribute__((vector_size(64)));
typedef double doubles __attribute__((vector_size(128)));
typedef uint32_t words __attribute__((vector_size(64)));
typedef uint16_t halves __attribute__((vector_size(32)));
typedef uint16_t wide_halves __attribute__((vector_size(64)));
typedef int16_t half_masks __attribute__((vector_size(32)));

// One instruction each with AVX-512, of which the compiler makes several.
#ifdef CONVOY_AVX512
inline words widened(halves narrow) { return (words)_mm512_cvtepu16_epi32((__m256i)narrow); }
inline halves narrowed(words wide) { return (halves)_mm512_cvtepi32_epi16((__m512i)wide); }
#else
inline words widened(halves narrow) { return __builtin_convertvector(narrow, words); }
inline halves narrowed(words wide) { return __builtin_convertvector(wide, halves); }
#endif

// To the nearest bf16, ties to even, in the upper half; not for NaN.
template <typename Bits>
inline Bits rounded_to_bf16(Bits bits) {
  return bits + 0x7fff + (bits >> 16 & 1);
}

// The two kinds that each() calls its body with. What is written for one of them is right for the
// other: comparisons of vectors are masks, and choices go by lanes.

struct Sixteen {
  using Integers = ints;
  using Unsigned = words;

  template <typename Vector, typename Element>
  static Vector at(const Element* from) {
    Vector vector;
    std::memcpy(&vector, from, sizeof vector);
    return vector;
  }
  static floats load(const float* from) { return at<floats>(from); }
  static floats load(const bf16* from) {
    return (floats)(widened(at<halves>(from)) << 16);
  }
  static ints load(const int32_t* from) { return at<ints>(from); }
  static words bits(const uint32_t* from) { return at<words>(from); }
  static words bits(const float* from) { return at<words>(from); }
  static halves bits(const uint16_t* from) { return at<halves>(from); }
  static words wide_bits(const uint32_t* from) { return at<words>(from); }
  static words wide_bits(const uint16_t* from) { return widened(at<halves>(from)); }

  template <typename Vector, typename Element>
  static void store(Vector vector, Element* to) {
    std::memcpy(to, &vector, sizeof vector);
  }
  static void store_bits(words bits, uint32_t* to) { store(bits, to); }
  static void store_bits(words bits, uint16_t* to) { store(narrowed(bits), to); }
  // Numbers that were computed from bf16: if NaN, then quiet, and with a lower half of zeros, which
  // rounding leaves as it is.
  static void store(floats numbers, bf16* to) {
#ifdef CONVOY_BF16
    store(_mm512_cvtneps_pbh((__m512)numbers), to);
#else
    store(narrowed(rounded_to_bf16((words)numbers) >> 16), to);
#endif
  }

  template <typename Vector>
  static Vector choose(ints mask, Vector yes, Vector no) {
    return mask ? yes : no;
  }
  static halves choose(ints mask, halves yes, halves no) {
    return (half_masks)narrowed((words)mask) ? yes : no;
  }
  // Numbers above 0; NaN stays.
  static floats relu(floats numbers) {
#ifdef CONVOY_AVX512
    return (floats)_mm512_max_ps(_mm512_setzero_ps(), (__m512)numbers);
#else
    return numbers < 0 ? floats{} : numbers;
#endif
  }
  // Which numbers are above 0, as bits.
  static void mark_positive(floats numbers, uint16_t* word, int64_t) {
#ifdef CONVOY_AVX512
    *word = _mm512_cmp_ps_mask((__m512)numbers, _mm512_setzero_ps(), _CMP_GT_OQ);
#else
    __m256 halves[2];
    std::memcpy(halves, &numbers, sizeof numbers);
    int bits[2];
    for (int i = 0; i < 2; i++) {
      bits[i] = _mm256_movemask_ps(_mm256_cmp_ps(halves[i], _mm256_setzero_ps(), _CMP_GT_OQ));
    }
    *word = static_cast<uint16_t>(bits[0] | bits[1] << 8);
#endif
  }
  // 0 where the bit is not set.
  static floats keep(floats numbers, const uint16_t* word, int64_t) {
#ifdef CONVOY_AVX512
    return (floats)_mm512_maskz_mov_ps(*word, (__m512)numbers);
#else
    constexpr ints places = {0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15};
    ints kept = -(all(*word) >> places & 1);
    return (floats)((ints)numbers & kept);
#endif
  }
  static ints all(int32_t value) { return ints{} + value; }
  static floats to_floats(ints integers) { return __builtin_convertvector(integers, floats); }
  static ints whole_part(floats numbers) { return __builtin_convertvector(numbers, ints); }
};

struct One {
  using Integers = int32_t;
  using Unsigned = uint32_t;

  static float load(const float* from) { return *from; }
  static float load(const bf16* from) {
    uint32_t bits = static_cast<uint32_t>(*from) << 16;
    float number;
    std::memcpy(&number, &bits, sizeof number);
    return number;
  }
  static int32_t load(const int32_t* from) { return *from; }
  template <typename Bits>
  static Bits bits(const Bits* from) {
    return *from;
  }

  template <typename Bits>
  static uint32_t wide_bits(const Bits* from) {
    return *from;
  }

  template <typename Element>
  static void store(Element element, Element* to) {
    *to = element;
  }
  template <typename Bits>
  static void store_bits(uint32_t bits, Bits* to) {
    *to = static_cast<Bits>(bits);
  }
  static void store(float number, bf16* to) {
    uint32_t bits;
    std::memcpy(&bits, &number, sizeof bits);
    bool is_number = number == number;
    *to = static_cast<bf16>((is_number ? rounded_to_bf16(bits) : bits | 0x400000) >> 16);
  }

  template <typename Element>
  static Element choose(bool mask, Element yes, Element no) {
    return mask ? yes : no;
  }
  static float relu(float number) { return number < 0 ? 0 : number; }
  static void mark_positive(float number, uint16_t* word, int64_t bit) {
    uint16_t before = bit == 0 ? 0 : *word;
    *word = static_cast<uint16_t>(before | (number > 0) << bit);
  }
  static float keep(float number, const uint16_t* word, int64_t bit) {
    return *word >> bit & 1 ? number : 0;
  }
  static int32_t all(int32_t value) { return value; }
  static float to_floats(int32_t integer) { return static_cast<float>(integer); }
  static int32_t whole_part(float number) { return static_cast<int32_t>(int64_t(number)); }
};

// Twice sixteen, for sums alone: bf16 are rounded faster so.
struct Pair {
  floats first, second;

  Pair& operator+=(const Pair& other) {
    first += other.first;
    second += other.second;
    return *this;
  }
  friend Pair operator*(float weight, const Pair& pair) {
    return {weight * pair.first, weight * pair.second};
  }
};

struct ThirtyTwo {
  template <typename Element>
  static Pair load(const Element* from) {
    return {Sixteen::load(from), Sixteen::load(from + lanes)};
  }
  static void store(const Pair& pair, float* to) {
    Sixteen::store(pair.first, to);
    Sixteen::store(pair.second, to + lanes);
  }
  static void store(const Pair& pair, bf16* to) {
#ifdef CONVOY_BF16
    Sixteen::store(_mm512_cvtne2ps_pbh((__m512)pair.second, (__m512)pair.first), to);
#else
    auto low = (wide_halves)rounded_to_bf16((words)pair.first);
    auto high = (wide_halves)rounded_to_bf16((words)pair.second);
    Sixteen::store(
        __builtin_shufflevector(low, high, 1, 3, 5, 7, 9, 11, 13, 15, 17, 19, 21, 23, 25, 27, 29,
                                31, 33, 35, 37, 39, 41, 43, 45, 47, 49, 51, 53, 55, 57, 59, 61, 63),
        to);
#endif
  }
};

// One register. The compiler takes vectors of more apart and copies them in pieces.
struct Register {
#ifdef CONVOY_AVX512
  static constexpr int64_t lanes = 16;
#else
  static constexpr int64_t lanes = 8;
#endif
  typedef float Vector __attribute__((vector_size(4 * lanes)));

  static Vector load(const float* from) { return Sixteen::at<Vector>(from); }
  static void store(const Vector& vector, float* to) { Sixteen::store(vector, to); }
  template <typename Mask>
  static Vector choose(const Mask& mask, const Vector& yes, const Vector& no) {
    return mask ? yes : no;
  }
};

// Whether a mask held for any number.
class Any {
 public:
  void add(ints mask) { sixteen_ |= mask; }
  void add(bool mask) { one_ |= mask; }
  bool any() const {
    int32_t all = one_;
    for (int64_t i = 0; i < lanes; i++) all |= sixteen_[i];
    return all != 0;
  }

 private:
  ints sixteen_ = {};
  bool one_ = false;
};

// Calls body(kind, c) for sixteen numbers each that cover 0..count; the last may overlap those
// before them. Where there are fewer, for one after another.
template <typename Body>
inline void each(int64_t count, const Body& body) {
  if (count < lanes) {
    for (int64_t c = 0; c < count; c++) body(One{}, c);
    return;
  }
  for (int64_t c = 0; c < count; c += lanes) body(Sixteen{}, std::min(c, count - lanes));
}

// As each for f32, but a register at a time, of which many are needed at once, and for no number
// twice.
template <typename Body>
inline void each_register(int64_t count, const Body& body) {
  int64_t c = 0;
  for (; c + Register::lanes <= count; c += Register::lanes) body(Register{}, c);
  for (; c < count; c++) body(One{}, c);
}

// As each, thirty-two at a time where there are as many.
template <typename Body>
inline void each_wide(int64_t count, const Body& body) {
  constexpr int64_t wide = 2 * lanes;
  if (count < wide) {
    each(count, body);
    return;
  }
  for (int64_t c = 0; c < count; c += wide) body(ThirtyTwo{}, std::min(c, count - wide));
}

// Calls body with an element of the type that has so many bytes: a number, or bits to be moved.
template <typename Body>
inline void with_numbers(int element_bytes, const Body& body) {
  if (element_bytes == 2) {
    body(bf16{});
  } else {
    body(float{});
  }
}

template <typename Body>
inline void with_bits(int element_bytes, const Body& body) {
  if (element_bytes == 2) {
    body(uint16_t{});
  } else {
    body(uint32_t{});
  }
}
