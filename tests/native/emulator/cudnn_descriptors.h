// cuDNN's descriptors: attributes of a kind each, set one by one. Included once, by cudnn.cpp.

// Types of descriptors and attributes (cudnn_graph.h).
enum Kind {
  POINTWISE = 0, CONVOLUTION = 1, ENGINE = 2, ENGINE_CONFIG = 3, HEURISTICS = 4, PLAN = 5,
  CONV_FORWARD = 10, CONV_BACKWARD_FILTER = 11, CONV_BACKWARD_DATA = 12, OPERATION_POINTWISE = 13,
  OPERATION_GRAPH = 15, VARIANT_PACK = 16, TENSOR = 17, NORM_FORWARD = 29, NORM_BACKWARD = 30
};
enum Attribute {
  POINTWISE_MODE = 0, RELU_SLOPE = 5, CONV_DILATIONS = 102, CONV_STRIDES = 103, CONV_POST = 104,
  CONV_PRE = 105, HEUR_MODE = 200, HEUR_GRAPH = 201, HEUR_RESULTS = 202, CONFIG_ENGINE = 300,
  PLAN_HANDLE = 400, PLAN_CONFIG = 401, PLAN_WORKSPACE = 402, FORWARD_ALPHA = 700, FORWARD_W = 703,
  FORWARD_X = 704, FORWARD_Y = 705, FORWARD_CONV = 702, DATA_CONV = 708, DATA_W = 709,
  DATA_DX = 710, DATA_DY = 711, FILTER_CONV = 714, FILTER_DW = 715, FILTER_X = 716, FILTER_DY = 717,
  POINTWISE_DESCRIPTOR = 750, POINTWISE_X = 751, POINTWISE_B = 752, POINTWISE_Y = 753,
  GRAPH_HANDLE = 800, GRAPH_OPERATIONS = 801, TENSOR_ALIGNMENT = 900, TENSOR_TYPE = 901,
  TENSOR_DIMENSIONS = 902, TENSOR_STRIDES = 903, TENSOR_ID = 906, TENSOR_VIRTUAL = 907, TENSOR_BY_VALUE = 908,
  PACK_IDS = 1000, PACK_POINTERS = 1001, PACK_WORKSPACE = 1003, ENGINE_NOTES = 1303,
  NORM_X = 2002, NORM_MEAN = 2003, NORM_INVERSE = 2004, NORM_SCALE = 2005, NORM_SHIFT = 2006,
  NORM_EPSILON = 2007, NORM_Y = 2013, NORM_BACK_X = 2101, NORM_BACK_MEAN = 2102,
  NORM_BACK_INVERSE = 2103, NORM_BACK_DY = 2104, NORM_BACK_SCALE = 2105, NORM_BACK_DSCALE = 2107,
  NORM_BACK_DSHIFT = 2108, NORM_BACK_DX = 2109
};
enum ValueType {
  T_HANDLE = 0, T_DATA_TYPE = 1, T_BOOLEAN = 2, T_INT64 = 3, T_FLOAT = 4, T_DOUBLE = 5,
  T_POINTER = 6, T_CONV_MODE = 7, T_HEUR_MODE = 8, T_NAN = 10, T_NOTE = 11, T_POINTWISE_MODE = 14,
  T_DESCRIPTOR = 15
};

size_t size_of(int type) {
  switch (type) {
    case T_HANDLE: case T_INT64: case T_DOUBLE: case T_POINTER: case T_DESCRIPTOR: return 8;
    case T_BOOLEAN: return 1;
    default: return 4;
  }
}

struct Attributes {
  int type;
  std::string bytes;
};

struct Descriptor {
  int kind;
  bool finalised = false;
  int engine = 0;
  std::map<int, Attributes> attributes;

  bool has(int attribute) const { return attributes.count(attribute) != 0; }
  template <typename T>
  std::vector<T> all(int attribute, int type) const {
    auto found = attributes.find(attribute);
    if (found == attributes.end() || found->second.type != type) {
      throw std::runtime_error("attribute " + std::to_string(attribute) + " is missing");
    }
    std::vector<T> values(found->second.bytes.size() / sizeof(T));
    memcpy(values.data(), found->second.bytes.data(), values.size() * sizeof(T));
    return values;
  }
  std::vector<int64_t> longs(int attribute) const { return all<int64_t>(attribute, T_INT64); }
  Descriptor* part(int attribute) const { return all<Descriptor*>(attribute, T_DESCRIPTOR)[0]; }
};

void require(const Descriptor& d, std::set<int> attributes) {
  for (int attribute : attributes) {
    if (!d.has(attribute)) {
      throw std::runtime_error("attribute " + std::to_string(attribute) + " is missing");
    }
  }
}

void require_finalised_parts(const Descriptor& d) {
  for (auto& [attribute, value] : d.attributes) {
    if (value.type != T_DESCRIPTOR) continue;
    for (Descriptor* part : d.all<Descriptor*>(attribute, T_DESCRIPTOR)) {
      if (!part->finalised) throw std::runtime_error("a part is not finalised");
    }
  }
}
