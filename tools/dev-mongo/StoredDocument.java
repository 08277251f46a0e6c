import de.bwaldvogel.mongo.bson.BinData;
import de.bwaldvogel.mongo.bson.Document;
import de.bwaldvogel.mongo.wire.bson.BsonDecoder;
import de.bwaldvogel.mongo.wire.bson.BsonEncoder;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import java.nio.ByteBuffer;
import java.util.Collection;
import org.h2.mvstore.WriteBuffer;
import org.h2.mvstore.type.BasicDataType;
import org.h2.mvstore.type.ObjectDataType;

/** Documents on the disk as BSON: a tenth of the time that Java's own serialization takes, which is read if it is there. */
final class StoredDocument extends BasicDataType<Document> {
  /** None of the store's own. */
  private static final byte BSON = 127;
  /** Of a field in memory: its entry in the map, its name, and an object. */
  private static final int FIELD_BYTES = 150;

  private final ObjectDataType serialized = new ObjectDataType();

  @Override public int getMemory(Document document) {
    return memoryOf(document);
  }

  private static int memoryOf(Object value) {
    if (value instanceof String text) return 48 + text.length();
    if (value instanceof BinData bytes) return bytes.getData().length;
    int memory = 24;
    if (value instanceof Collection<?> items) for (Object item : items) memory += 8 + memoryOf(item);
    if (value instanceof Document fields) for (Object field : fields.values()) memory += FIELD_BYTES + memoryOf(field);
    return memory;
  }

  @Override public void write(WriteBuffer to, Document document) {
    ByteBuf encoded = Unpooled.buffer(1024);
    BsonEncoder.encodeDocument(document, encoded);
    to.put(BSON).put(encoded.nioBuffer());
  }

  @Override public Document read(ByteBuffer from) {
    if (from.get(from.position()) != BSON) return (Document) serialized.read(from);
    from.get();
    ByteBuf encoded = Unpooled.wrappedBuffer(from.slice());
    Document document = BsonDecoder.decodeBson(encoded);
    from.position(from.position() + encoded.readerIndex());
    return document;
  }

  @Override public Document[] createStorage(int size) {
    return new Document[size];
  }
}
