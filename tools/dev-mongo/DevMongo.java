import de.bwaldvogel.mongo.MongoCollection;
import de.bwaldvogel.mongo.MongoDatabase;
import de.bwaldvogel.mongo.MongoServer;
import de.bwaldvogel.mongo.MongoVersion;
import de.bwaldvogel.mongo.backend.CollectionOptions;
import de.bwaldvogel.mongo.backend.DatabaseResolver;
import de.bwaldvogel.mongo.backend.Index;
import de.bwaldvogel.mongo.backend.IndexKey;
import de.bwaldvogel.mongo.backend.QueryResult;
import de.bwaldvogel.mongo.backend.h2.H2Backend;
import de.bwaldvogel.mongo.backend.h2.H2Database;
import de.bwaldvogel.mongo.bson.Document;
import de.bwaldvogel.mongo.oplog.Oplog;
import de.bwaldvogel.mongo.wire.message.MongoMessage;
import de.bwaldvogel.mongo.wire.message.MongoQuery;
import io.netty.channel.Channel;
import java.util.List;
import java.util.concurrent.locks.ReentrantReadWriteLock;
import java.util.function.Supplier;
import org.h2.mvstore.MVMap;
import org.h2.mvstore.MVStore;

/**
 * Stand-in for MongoDB while developing: java DevMongo PORT DATA_FILE [--durable]
 *
 * With --durable a command is answered when what it wrote is on the disk, as MongoDB does with its journal, and slower: whoever
 * kills it finds everything that was answered. Without, a kill loses what the last moments have written.
 */
final class DevMongo {
  private static final int COMMIT_EVERY_MS = 10;

  public static void main(String[] args) throws Exception {
    // a third of the memory is for documents that were read; indexes and the work itself have the rest
    int cacheMiB = (int) (Runtime.getRuntime().maxMemory() / 3 >> 20);
    MVStore store =
        new MVStore.Builder().fileName(args[1]).cacheSize(cacheMiB).autoCommitDisabled().autoCommitBufferSize(0).open();
    boolean isDurable = args.length > 2 && args[2].equals("--durable");
    Backend backend = new Backend(store, isDurable);
    MongoServer server = new MongoServer(backend.version(new Version()));
    server.bind("127.0.0.1", Integer.parseInt(args[0]));
    Runtime.getRuntime().addShutdownHook(new Thread(server::shutdownNow));
    System.out.println("listening on " + args[0]);
    while (true) {
      Thread.sleep(COMMIT_EVERY_MS);
      if (store.hasUnsavedChanges()) backend.commitBetweenCommands();
    }
  }

  /**
   * Goes to the disk only between commands. On its own the store could write some maps in the middle of a command, and after
   * a kill one of them would know another document than is there.
   */
  private static class Backend extends H2Backend {
    private final ReentrantReadWriteLock commands = new ReentrantReadWriteLock(true);
    private final boolean isDurable;

    Backend(MVStore store, boolean isDurable) {
      super(store);
      this.isDurable = isDurable;
      // those of the library, which an earlier version of this program kept on the disk
      store.getMapNames().stream().filter(name -> name.contains("._index_")).toList().forEach(store::removeMap);
    }

    @Override protected MongoDatabase openOrCreateDatabase(String name) {
      return new Database(name);
    }

    @Override public Document handleMessage(MongoMessage message) {
      return command(() -> super.handleMessage(message));
    }

    @Override public QueryResult handleQuery(MongoQuery query) {
      return command(() -> super.handleQuery(query));
    }

    private <T> T command(Supplier<T> work) {
      commands.readLock().lock();
      T answer;
      try {
        answer = work.get();
      } finally {
        commands.readLock().unlock();
      }
      if (isDurable) commitBetweenCommands();
      return answer;
    }

    void commitBetweenCommands() {
      // while others hold the lock, one of them may be on the way to the disk
      commands.writeLock().lock();
      try {
        if (getMvStore().hasUnsavedChanges()) commit();
      } finally {
        commands.writeLock().unlock();
      }
    }

    /** Documents are on the disk, indexes in memory. */
    private class Database extends H2Database {
      /** False while the constructor of the library finds what is there. */
      private boolean isOpen;

      Database(String name) {
        super(name, getMvStore(), getCursorRegistry());
        isOpen = true;
      }

      @Override protected MongoCollection<Object> openOrCreateCollection(String name, CollectionOptions options) {
        String fullName = getFullCollectionNamespace(name);
        MVMap<Object, Document> data =
            getMvStore().openMap("databases." + fullName, new MVMap.Builder<Object, Document>().valueType(new StoredDocument()));
        MVMap<String, Object> meta = getMvStore().openMap("meta." + fullName);
        return new IndexedCollection(this, name, options, data, meta, cursorRegistry);
      }

      @Override protected Index<Object> openOrCreateUniqueIndex(String collection, String name, List<IndexKey> keys, boolean sparse) {
        return sparse ? super.openOrCreateUniqueIndex(collection, name, keys, true) : new SortedIndex(name, keys, true, !isOpen);
      }

      @Override protected Index<Object> openOrCreateSecondaryIndex(String collection, String name, List<IndexKey> keys, boolean sparse) {
        return sparse ? super.openOrCreateSecondaryIndex(collection, name, keys, true) : new SortedIndex(name, keys, false, !isOpen);
      }

      @Override public Document handleCommand(
          Channel channel, String command, Document query, DatabaseResolver databases, Oplog oplog) {
        Supplier<Document> run = () -> super.handleCommand(channel, command, query, databases, oplog);
        boolean isAggregation = command.equalsIgnoreCase("aggregate") && query.get(command) instanceof String;
        return isAggregation && resolveCollection((String) query.get(command), false) instanceof IndexedCollection collection
            ? collection.aggregate(query, run)
            : run.get();
      }
    }
  }

  /** The Node driver refuses wire versions below 9, and the library's own list ends at 8. */
  private static class Version implements MongoVersion {
    @Override public List<Integer> getVersionArray() { return List.of(5, 0, 0); }
    @Override public int getWireVersion() { return 13; }
  }
}
