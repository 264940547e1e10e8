/**
 * ONNX files as data: the messages of {@code onnx.proto3} that a network needs, as records, and
 * their way from and to protobuf's wire format.
 *
 * <pre>{@code
 * ModelProto model = OnnxFile.read(Path.of("resnet18.onnx"));
 * model.graph().nodes().forEach(node -> System.out.println(node.operator()));
 * }</pre>
 *
 * <p>No messages are generated from the schema: the library's coded streams do the encoding, {@link
 * dev.convoy.onnx.format.ProtobufReader} and {@link dev.convoy.onnx.format.ProtobufMessage} the
 * fields. Nothing here knows what an operator means.
 *
 * <p>A file is not trusted. Messages are nested at most 100 deep, there are at most a million of
 * them, tensors have exactly the bytes that their shape asks for, and external data lies inside the
 * model's folder, in files of its own.
 */
@NullMarked
package dev.convoy.onnx.format;

import org.jspecify.annotations.NullMarked;
