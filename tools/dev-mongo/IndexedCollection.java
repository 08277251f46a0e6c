import de.bwaldvogel.mongo.MongoDatabase;
import de.bwaldvogel.mongo.backend.CollectionOptions;
import de.bwaldvogel.mongo.backend.CursorRegistry;
import de.bwaldvogel.mongo.backend.Index;
import de.bwaldvogel.mongo.backend.QueryResult;
import de.bwaldvogel.mongo.backend.aggregation.Aggregation;
import de.bwaldvogel.mongo.backend.h2.H2Collection;
import de.bwaldvogel.mongo.bson.Document;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.Supplier;
import java.util.stream.Stream;
import org.h2.mvstore.MVMap;

/** A collection whose queries go by its indexes, as MongoDB's do; the library's own reads all documents but for a unique key. */
final class IndexedCollection extends H2Collection {
  /** Stages of which the first that groups says what the documents are needed for. */
  private static final Set<String> BEFORE_GROUP = Set.of("$limit", "$skip");
  private static final Set<String> OF_ONE_COLLECTION = Set.of("$limit", "$skip", "$group", "$sort", "$project", "$count");

  /** What the aggregation of this thread begins with instead of with all documents. */
  private final ThreadLocal<Stream<Document>> beginning = new ThreadLocal<>();

  IndexedCollection(
      MongoDatabase database, String name, CollectionOptions options, MVMap<Object, Document> data, MVMap<String, Object> meta,
      CursorRegistry cursors) {
    super(database, name, options, data, meta, cursors);
  }

  /** Those that nobody has asked since the start are made now, all of them in one reading. */
  private List<SortedIndex> indexes() {
    List<SortedIndex> all = getIndexes().stream().filter(SortedIndex.class::isInstance).map(SortedIndex.class::cast).toList();
    List<SortedIndex> pending = all.stream().filter(SortedIndex::isPending).toList();
    if (!pending.isEmpty()) {
      streamAllDocumentsWithPosition().forEach(one -> {
        for (SortedIndex index : pending) index.add(one.getDocument(), one.getPosition(), this);
      });
      pending.forEach(SortedIndex::setMade);
    }
    return all;
  }

  @Override public synchronized void addIndex(Index<Object> index) {
    super.addIndex(index);
  }

  @Override public synchronized void addDocument(Document document) {
    indexes();
    super.addDocument(document);
  }

  @Override public synchronized int count(Document query, int skip, int limit) {
    return super.count(query, skip, limit);
  }

  @Override protected QueryResult queryDocuments(
      Document query, Document orderBy, int skip, int limit, int batchSize, Document fields) {
    boolean isOrdered = orderBy != null && !orderBy.isEmpty();
    if (isOrdered && orderBy.containsKey("$natural")) return matchDocuments(query, orderBy, skip, limit, batchSize, fields);
    Conditions conditions = new Conditions(query);
    Plan plan = Plan.of(indexes(), conditions, isOrdered ? orderBy : null, limit > 0, null);
    if (plan == null) return matchDocuments(query, orderBy, skip, limit, batchSize, fields);
    Stream<Document> documents = plan.found().filter(one -> mayMatch(one, plan.rest, conditions)).map(one -> getDocument(one.position()));
    return matchDocumentsFromStream(documents, plan.rest, plan.isInOrder() ? null : orderBy, skip, limit, batchSize, fields);
  }

  /** Asked before a document is read, where its entry has all that the query looks at. */
  private boolean mayMatch(Plan.Found one, Document rest, Conditions conditions) {
    SortedIndex index = one.index();
    if (index == null || !index.isWhole()) return true;
    if (conditions.excludes(index, one.values())) return false;
    return rest.isEmpty() || !index.has(conditions.fields) || documentMatchesQuery(index.sketch(one.values(), conditions.fields), rest);
  }

  /** Runs an aggregation, beginning with what its first stage leaves; the library's own would read all documents. */
  Document aggregate(Document command, Supplier<Document> run) {
    List<Document> pipeline = Aggregation.parse(command.get("pipeline"));
    if (pipeline.isEmpty() || !(pipeline.get(0).get("$match") instanceof Document query)) return run.get();
    List<Document> rest = pipeline.subList(1, pipeline.size());
    if (!rest.stream().allMatch(stage -> OF_ONE_COLLECTION.containsAll(stage.keySet()))) return run.get();
    beginning.set(matching(query, neededBy(rest)));
    try {
      command.put("pipeline", rest);
      return run.get();
    } finally {
      beginning.remove();
    }
  }

  @Override public Stream<Document> queryAllAsStream() {
    Stream<Document> narrowed = beginning.get();
    return narrowed == null ? super.queryAllAsStream() : narrowed;
  }

  /** @param needed the fields that are needed of them; null: everything */
  private synchronized Stream<Document> matching(Document query, Set<String> needed) {
    Conditions conditions = new Conditions(query);
    if (needed != null && conditions.fields != null) {
      Set<String> known = new HashSet<>(needed);
      known.addAll(conditions.fields);
      Plan plan = Plan.of(indexes(), conditions, null, false, known);
      if (plan != null) {
        Document nothing = new Document();
        return plan.found()
            .filter(one -> mayMatch(one, plan.rest, conditions))
            .map(one -> needed.isEmpty() ? nothing : one.index().sketch(one.values(), needed))
            .toList()
            .stream();
      }
    }
    return handleQueryAsStream(query);
  }

  private static Set<String> neededBy(List<Document> stages) {
    for (Document stage : stages) {
      Set<String> fields = new HashSet<>();
      if (stage.containsKey("$count")) return fields;
      if (stage.get("$group") instanceof Document group) return collect(group, fields) ? fields : null;
      if (!BEFORE_GROUP.containsAll(stage.keySet())) return null;
    }
    return null;
  }

  private static boolean collect(Object expression, Set<String> fields) {
    if (expression instanceof Map<?, ?> parts) return parts.values().stream().allMatch(part -> collect(part, fields));
    if (expression instanceof List<?> parts) return parts.stream().allMatch(part -> collect(part, fields));
    if (!(expression instanceof String text) || !text.startsWith("$")) return true;
    fields.add(text.substring(1));
    return !text.startsWith("$$");
  }
}
