/**
 * Programs that measure Convoy beside its rivals in the same run, on the same cores.
 *
 * <p>A network is written once, in {@link dev.convoy.peers.Architecture}, in terms of {@link
 * dev.convoy.peers.Operators}. Running it with {@link dev.convoy.peers.LibtorchOperators} executes
 * it eagerly; running it with {@link dev.convoy.peers.OnnxModelWriter} writes it as an ONNX file.
 * So both rivals do the same work by construction.
 *
 * <p>{@link dev.convoy.peers.LibtorchPeer} and {@link dev.convoy.peers.OnnxRuntimePeer} each
 * measure one {@link dev.convoy.peers.Case} and print one line of JSON, a {@link
 * dev.convoy.peers.Measurement}. {@link dev.convoy.peers.Comparison} starts Convoy and a rival in
 * turn, each in a process of its own, and prints a table. The commands are in {@code
 * tests/peers/README.md}.
 */
@NullMarked
package dev.convoy.peers;

import org.jspecify.annotations.NullMarked;
