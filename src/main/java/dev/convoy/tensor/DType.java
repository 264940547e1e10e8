package dev.convoy.tensor;

import java.nio.ByteBuffer;

/**
 * Element type of a tensor.
 *
 * <p>Conversions from {@code double} round to nearest, ties to even (IEEE 754-2019, section 4.3.1),
 * in one step: no double rounding by way of a wider type. Conversions to integer types round the
 * same way and saturate at the type's range; NaN becomes 0.
 */
public enum DType {
  F32(4, true) {
    @Override
    double get(ByteBuffer data, int index) {
      return data.getFloat(index << 2);
    }

    @Override
    void set(ByteBuffer data, int index, double value) {
      data.putFloat(index << 2, (float) value);
    }

    @Override
    public double round(double value) {
      return (float) value;
    }
  },
  F16(2, true) {
    @Override
    double get(ByteBuffer data, int index) {
      return Float16.toFloat(data.getShort(index << 1));
    }

    @Override
    void set(ByteBuffer data, int index, double value) {
      data.putShort(index << 1, Float16.fromDouble(value));
    }

    @Override
    public double round(double value) {
      return Float16.toFloat(Float16.fromDouble(value));
    }
  },
  BF16(2, true) {
    @Override
    double get(ByteBuffer data, int index) {
      return BFloat16.toFloat(data.getShort(index << 1));
    }

    @Override
    void set(ByteBuffer data, int index, double value) {
      data.putShort(index << 1, BFloat16.fromDouble(value));
    }

    @Override
    public double round(double value) {
      return BFloat16.toFloat(BFloat16.fromDouble(value));
    }
  },
  F64(8, true) {
    @Override
    double get(ByteBuffer data, int index) {
      return data.getDouble(index << 3);
    }

    @Override
    void set(ByteBuffer data, int index, double value) {
      data.putDouble(index << 3, value);
    }

    @Override
    public double round(double value) {
      return value;
    }
  },
  I32(4, false) {
    @Override
    double get(ByteBuffer data, int index) {
      return data.getInt(index << 2);
    }

    @Override
    void set(ByteBuffer data, int index, double value) {
      data.putInt(index << 2, (int) Math.rint(value));
    }

    @Override
    public double round(double value) {
      return (int) Math.rint(value);
    }
  },
  I64(8, false) {
    @Override
    double get(ByteBuffer data, int index) {
      return data.getLong(index << 3);
    }

    @Override
    void set(ByteBuffer data, int index, double value) {
      data.putLong(index << 3, (long) Math.rint(value));
    }

    @Override
    public double round(double value) {
      return (long) Math.rint(value);
    }
  },
  U8(1, false) {
    @Override
    double get(ByteBuffer data, int index) {
      return data.get(index) & 0xff;
    }

    @Override
    void set(ByteBuffer data, int index, double value) {
      data.put(index, (byte) round(value));
    }

    @Override
    public double round(double value) {
      return Math.max(0, Math.min(255, (int) Math.rint(value)));
    }
  },
  I8(1, false) {
    @Override
    double get(ByteBuffer data, int index) {
      return data.get(index);
    }

    @Override
    void set(ByteBuffer data, int index, double value) {
      data.put(index, (byte) round(value));
    }

    @Override
    public double round(double value) {
      return Math.max(-128, Math.min(127, (int) Math.rint(value)));
    }
  };

  private final int bytes;
  private final boolean floating;

  DType(int bytes, boolean floating) {
    this.bytes = bytes;
    this.floating = floating;
  }

  /** Size of one element in bytes. */
  public int bytes() {
    return bytes;
  }

  public boolean isFloating() {
    return floating;
  }

  /** The nearest value that this type can hold. */
  public abstract double round(double value);

  /** Distance from 1 to the next larger value; 0 for integer types. */
  public double epsilon() {
    return switch (this) {
      case F64 -> 0x1p-52;
      case F32 -> 0x1p-23;
      case F16 -> 0x1p-10;
      case BF16 -> 0x1p-7;
      case I32, I64, U8, I8 -> 0;
    };
  }

  abstract double get(ByteBuffer data, int index);

  abstract void set(ByteBuffer data, int index, double value);
}
