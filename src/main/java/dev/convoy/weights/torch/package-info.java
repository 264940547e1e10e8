/**
 * Weights that PyTorch saved ({@code .pth}, {@code .pt}, {@code .th}), read without Python and
 * without executing anything.
 *
 * <p>A PyTorch file is a pickle, a program for a small stack machine that builds Python objects,
 * and beside it the raw elements ("storages"). Python's own unpickler imports and calls whatever
 * the program names, which is how such files attack. Here {@code PickleReader} is that machine with
 * nothing behind it: it builds lists, dictionaries and scalars, and asks {@code TorchGlobals} about
 * every name. That class knows the dozen names that tensors need, makes plain records of them, and
 * refuses every other by name.
 *
 * <p>There are two containers. {@code TorchZip} is the one since PyTorch 1.6: a zip file with
 * {@code data.pkl} and one entry a storage. {@code TorchLegacy} is the older: five pickles, then
 * the storages one after the other. Both give a tree of objects in which tensors are {@code
 * TorchTensor} records, views into storages; {@code StateDict} finds the parameters in it, and
 * {@code StorageBytes} copies their elements, once sizes and bounds are known to be true:
 *
 * <pre>{@code
 * TorchFile file = TorchFile.read(Path.of("resnet18.pth"));
 * Tensor weight = file.tensors().get("conv1.weight");
 * }</pre>
 *
 * <p>Everything that a file claims is bounded: opcodes, stack, memo, strings, ranks, sizes, and how
 * much more may come out than went in ({@code TorchLimits}).
 */
@NullMarked
package dev.convoy.weights.torch;

import org.jspecify.annotations.NullMarked;
