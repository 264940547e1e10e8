/**
 * Programs that measure Convoy beside its rivals in the same run, on the same cores.
 *
 * <p>Convoy's networks are those of its zoo and {@link dev.convoy.peers.UnetDecoder}. libtorch's
 * are written down a second time in {@link dev.convoy.peers.TorchNetwork}, and {@code
 * NetworkAgreementTest} holds that they compute the same; ONNX Runtime gets what Convoy exports.
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
