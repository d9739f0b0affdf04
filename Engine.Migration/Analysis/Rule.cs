namespace Engine.Migration.Analysis;

/// <summary>A kind of use of the old types. Ids stay, because scripts filter by them.</summary>
/// <param name="Id">The id.</param>
/// <param name="Name">What it is, in a few words.</param>
internal sealed record Rule(string Id, string Name)
{
    public static readonly Rule Using = new("ENGM001", "using directive");
    public static readonly Rule BusType = new("ENGM002", "type of a bus");
    public static readonly Rule Construction = new("ENGM003", "construction of a bus");
    public static readonly Rule Publish = new("ENGM004", "publishing");
    public static readonly Rule Subscribe = new("ENGM005", "subscribing");
    public static readonly Rule Unsubscribe = new("ENGM006", "unsubscribing");
    public static readonly Rule Member = new("ENGM007", "other member of a bus");
    public static readonly Rule EventType = new("ENGM008", "declaration of an event");
    public static readonly Rule Handler = new("ENGM009", "handler or filter");
    public static readonly Rule Other = new("ENGM010", "other old type");
}
