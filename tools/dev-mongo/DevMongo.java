import de.bwaldvogel.mongo.MongoBackend;
import de.bwaldvogel.mongo.MongoServer;
import de.bwaldvogel.mongo.MongoVersion;
import de.bwaldvogel.mongo.backend.h2.H2Backend;
import java.util.List;
import org.h2.mvstore.MVStore;

/** Stand-in for MongoDB while developing, run from source: java -cp 'jars/*' DevMongo.java PORT DATA_FILE */
class DevMongo {
  public static void main(String[] args) throws Exception {
    MVStore store = new MVStore.Builder().fileName(args[1]).open();
    store.setAutoCommitDelay(10); // ms between a write and its way to the disk, which a kill loses; the default is 1000
    MongoBackend backend = new H2Backend(store);
    MongoServer server = new MongoServer(backend.version(new Version()));
    server.bind("127.0.0.1", Integer.parseInt(args[0]));
    Runtime.getRuntime().addShutdownHook(new Thread(server::shutdownNow));
    System.out.println("listening on " + args[0]);
    Thread.currentThread().join();
  }

  /** The Node driver refuses wire versions below 9, and the library's own list ends at 8. */
  private static class Version implements MongoVersion {
    @Override public List<Integer> getVersionArray() { return List.of(5, 0, 0); }
    @Override public int getWireVersion() { return 13; }
  }
}
