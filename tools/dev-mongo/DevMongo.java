import de.bwaldvogel.mongo.MongoServer;
import de.bwaldvogel.mongo.MongoVersion;
import de.bwaldvogel.mongo.backend.QueryResult;
import de.bwaldvogel.mongo.backend.h2.H2Backend;
import de.bwaldvogel.mongo.bson.Document;
import de.bwaldvogel.mongo.wire.message.MongoMessage;
import de.bwaldvogel.mongo.wire.message.MongoQuery;
import java.util.List;
import java.util.concurrent.locks.ReentrantReadWriteLock;
import java.util.function.Supplier;
import org.h2.mvstore.MVStore;

/** Stand-in for MongoDB while developing, run from source: java -cp 'jars/*' DevMongo.java PORT DATA_FILE */
class DevMongo {
  /** Between a write and its way to the disk, which a kill loses. */
  private static final int COMMIT_EVERY_MS = 10;

  public static void main(String[] args) throws Exception {
    MVStore store =
        new MVStore.Builder().fileName(args[1]).autoCommitDisabled().autoCommitBufferSize(0).open();
    Backend backend = new Backend(store);
    MongoServer server = new MongoServer(backend.version(new Version()));
    server.bind("127.0.0.1", Integer.parseInt(args[0]));
    Runtime.getRuntime().addShutdownHook(new Thread(server::shutdownNow));
    System.out.println("listening on " + args[0]);
    while (true) {
      Thread.sleep(COMMIT_EVERY_MS);
      backend.commitBetweenCommands();
    }
  }

  /**
   * Goes to the disk only between commands. A document and its indexes are several maps to the store; on its own it could
   * write some of them in the middle of a command, and after a kill an index would know another document than is there.
   */
  private static class Backend extends H2Backend {
    private final ReentrantReadWriteLock commands = new ReentrantReadWriteLock(true);

    Backend(MVStore store) {
      super(store);
    }

    @Override public Document handleMessage(MongoMessage message) {
      return command(() -> super.handleMessage(message));
    }

    @Override public QueryResult handleQuery(MongoQuery query) {
      return command(() -> super.handleQuery(query));
    }

    private <T> T command(Supplier<T> work) {
      commands.readLock().lock();
      try {
        return work.get();
      } finally {
        commands.readLock().unlock();
      }
    }

    void commitBetweenCommands() {
      if (!getMvStore().hasUnsavedChanges()) return;
      commands.writeLock().lock();
      try {
        commit();
      } finally {
        commands.writeLock().unlock();
      }
    }
  }

  /** The Node driver refuses wire versions below 9, and the library's own list ends at 8. */
  private static class Version implements MongoVersion {
    @Override public List<Integer> getVersionArray() { return List.of(5, 0, 0); }
    @Override public int getWireVersion() { return 13; }
  }
}
