package dev.convoy.onnx.format;

import java.io.IOException;

/** A file breaks the format; the message says where and how, the caller adds the file's name. */
final class MalformedOnnxException extends IOException {

  private static final long serialVersionUID = 1L;

  MalformedOnnxException(String message) {
    super(message);
  }
}
