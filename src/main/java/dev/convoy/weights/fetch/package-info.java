/**
 * Files of weights from the network, kept in a cache folder.
 *
 * <p>Nothing is fetched unless asked for by address or by a name of {@link
 * dev.convoy.weights.fetch.WeightsIndex}:
 *
 * <pre>{@code
 * RemoteFile remote = WeightsIndex.packaged().named("resnet18").orElseThrow().file();
 * Path file = WeightsCache.standard().fetch(remote, Progress.NONE);
 * }</pre>
 *
 * <p>{@link dev.convoy.weights.fetch.WeightsCache} keeps what is incomplete beside the target and
 * goes on where it was cut; a file gets its name only once it is whole and its sha256 is the one
 * expected. {@code Download} speaks HTTP, {@code Redirects} decides where an answer may lead, and
 * {@code Stalls} ends connections that send nothing.
 */
@NullMarked
package dev.convoy.weights.fetch;

import org.jspecify.annotations.NullMarked;
