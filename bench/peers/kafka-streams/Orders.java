// Kafka Streams on the workloads of bench/workloads: java -cp 'jars/*' Orders.java WORKLOAD BROKERS FROM TO APPLICATION STATE
import java.io.ByteArrayOutputStream;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.Properties;
import org.apache.avro.Schema;
import org.apache.avro.generic.GenericData;
import org.apache.avro.generic.GenericDatumReader;
import org.apache.avro.generic.GenericDatumWriter;
import org.apache.avro.generic.GenericRecord;
import org.apache.avro.io.BinaryDecoder;
import org.apache.avro.io.BinaryEncoder;
import org.apache.avro.io.DecoderFactory;
import org.apache.avro.io.EncoderFactory;
import org.apache.kafka.common.serialization.Deserializer;
import org.apache.kafka.common.serialization.Serde;
import org.apache.kafka.common.serialization.Serdes;
import org.apache.kafka.common.serialization.Serializer;
import org.apache.kafka.streams.KafkaStreams;
import org.apache.kafka.streams.KeyValue;
import org.apache.kafka.streams.StreamsBuilder;
import org.apache.kafka.streams.StreamsConfig;
import org.apache.kafka.streams.kstream.Consumed;
import org.apache.kafka.streams.kstream.Grouped;
import org.apache.kafka.streams.kstream.Materialized;
import org.apache.kafka.streams.kstream.Produced;
import org.apache.kafka.streams.kstream.TimeWindows;

public class Orders {
  static final Schema SCHEMA = new Schema.Parser().parse("{\"type\":\"record\",\"name\":\"Order\",\"fields\":["
      + "{\"name\":\"n\",\"type\":\"long\"},{\"name\":\"symbol\",\"type\":\"string\"},"
      + "{\"name\":\"account\",\"type\":\"string\"},{\"name\":\"price\",\"type\":\"long\"},"
      + "{\"name\":\"quantity\",\"type\":\"long\"},{\"name\":\"side\",\"type\":\"string\"},"
      + "{\"name\":\"venue\",\"type\":\"string\"},{\"name\":\"currency\",\"type\":\"string\"},"
      + "{\"name\":\"status\",\"type\":\"string\"},{\"name\":\"flags\",\"type\":\"int\"},"
      + "{\"name\":\"at\",\"type\":\"long\"},{\"name\":\"note\",\"type\":\"string\"}]}");
  static final byte[] HEAD = {0, 0, 0, 0, 1};

  static Serde<GenericRecord> orders() {
    GenericDatumReader<GenericRecord> reader = new GenericDatumReader<>(SCHEMA);
    GenericDatumWriter<GenericRecord> writer = new GenericDatumWriter<>(SCHEMA);
    ThreadLocal<BinaryDecoder> decoders = new ThreadLocal<>();
    Deserializer<GenericRecord> deserializer = (topic, bytes) -> {
      try {
        BinaryDecoder decoder =
            DecoderFactory.get().binaryDecoder(bytes, HEAD.length, bytes.length - HEAD.length, decoders.get());
        decoders.set(decoder);
        return reader.read(null, decoder);
      } catch (java.io.IOException e) {
        throw new java.io.UncheckedIOException(e);
      }
    };
    Serializer<GenericRecord> serializer = (topic, order) -> {
      try {
        ByteArrayOutputStream out = new ByteArrayOutputStream(512);
        out.write(HEAD);
        BinaryEncoder encoder = EncoderFactory.get().directBinaryEncoder(out, null);
        writer.write(order, encoder);
        return out.toByteArray();
      } catch (java.io.IOException e) {
        throw new java.io.UncheckedIOException(e);
      }
    };
    return Serdes.serdeFrom(serializer, deserializer);
  }

  static Serde<long[]> sums() {
    Serializer<long[]> to = (topic, v) -> (v[0] + "," + v[1]).getBytes(StandardCharsets.UTF_8);
    Deserializer<long[]> from = (topic, bytes) -> {
      if (bytes == null) return null;
      String[] parts = new String(bytes, StandardCharsets.UTF_8).split(",");
      return new long[] {Long.parseLong(parts[0]), Long.parseLong(parts[1])};
    };
    return Serdes.serdeFrom(to, from);
  }

  public static void main(String[] args) {
    String workload = args[0], brokers = args[1], from = args[2], to = args[3], application = args[4], state = args[5];
    StreamsBuilder builder = new StreamsBuilder();
    Serde<GenericRecord> orders = orders();
    var in = builder.stream(from, Consumed.with(Serdes.String(), orders));
    if (workload.equals("B3")) {
      in.groupByKey(Grouped.with(Serdes.String(), orders))
          .windowedBy(TimeWindows.ofSizeAndGrace(Duration.ofMinutes(1), Duration.ofSeconds(10)))
          .aggregate(() -> new long[] {0, 0},
              (key, order, v) -> new long[] {v[0] + 1, v[1] + (Long) order.get("quantity")},
              Materialized.with(Serdes.String(), sums()))
          .toStream()
          .map((window, v) -> KeyValue.pair(window.key() + "@" + window.window().start(), v))
          .to(to, Produced.with(Serdes.String(), sums()));
    } else {
      in.mapValues(order -> {
        GenericRecord seen = new GenericData.Record((GenericData.Record) order, false);
        seen.put("status", "seen");
        return seen;
      }).to(to, Produced.with(Serdes.String(), orders));
    }
    Properties config = new Properties();
    config.put(StreamsConfig.APPLICATION_ID_CONFIG, application);
    config.put(StreamsConfig.BOOTSTRAP_SERVERS_CONFIG, brokers);
    config.put(StreamsConfig.STATE_DIR_CONFIG, state);
    config.put(StreamsConfig.COMMIT_INTERVAL_MS_CONFIG, 100);
    config.put(StreamsConfig.REPLICATION_FACTOR_CONFIG, 1);
    config.put(StreamsConfig.NUM_STREAM_THREADS_CONFIG, 1);
    config.put(StreamsConfig.PROCESSING_GUARANTEE_CONFIG,
        workload.equals("B1") ? StreamsConfig.AT_LEAST_ONCE : StreamsConfig.EXACTLY_ONCE_V2);
    config.put(StreamsConfig.producerPrefix("compression.type"), "none");
    config.put(StreamsConfig.consumerPrefix("auto.offset.reset"), "earliest");
    KafkaStreams streams = new KafkaStreams(builder.build(), config);
    Runtime.getRuntime().addShutdownHook(new Thread(() -> streams.close(Duration.ofSeconds(10))));
    streams.start();
  }
}
