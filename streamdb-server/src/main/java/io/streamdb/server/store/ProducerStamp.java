package io.streamdb.server.store;

/**
 * What an idempotent producer says of an append (PROTOCOL 5.2.1).
 *
 * @param producerId which producer
 * @param epoch its epoch, from 0
 * @param sequence the number of the append in that epoch, from 0
 */
public record ProducerStamp(String producerId, long epoch, long sequence) {
}
