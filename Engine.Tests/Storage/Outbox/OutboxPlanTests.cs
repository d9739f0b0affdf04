using Engine.Storage.Databases;
using Engine.Storage.Outbox;
using Engine.Tests.Storage.Support;

namespace Engine.Tests.Storage.Outbox;

/// <summary>A claim must not look at each row that waits, and much less at each that was kept, before it takes some.</summary>
internal sealed class OutboxPlanTests
{
    [Test]
    public async Task A_claim_finds_what_holds_up_others_by_indexes_and_the_rest_in_order()
    {
        await using var database = new DatabaseUnderTest(StorageKind.Sqlite);
        var outbox = new SqlOutbox(database.Open());
        await outbox.InitializeAsync();
        string[] steps = await PlanAsync(outbox.Database, OutboxClaims.ClaimSql.Replace("@limit", "10", StringComparison.Ordinal));
        foreach (string index in new[] { "idx_outbox_lease", "idx_outbox_later", "idx_outbox_blocked" })
            Assert.That(steps, Has.Some.Contains(index));
        Assert.That(steps, Has.Some.EqualTo("SCAN outbox USING INDEX idx_outbox_due"));
        Assert.That(steps, Has.None.Contains("ORDER BY"));
        Assert.That(steps, Has.None.EqualTo("SCAN outbox"));
    }

    [TestCase("outbox")]
    [TestCase("dead_letters")]
    public async Task Leases_of_processes_that_have_ended_are_found_by_an_index(string table)
    {
        await using var database = new DatabaseUnderTest(StorageKind.Sqlite);
        var outbox = new SqlOutbox(database.Open());
        await outbox.InitializeAsync();
        string[] steps = await PlanAsync(outbox.Database, ProcessIdentity.LeaseOwnersSql(table));
        Assert.That(steps, Has.Some.Contains("_lease"));
    }

    private static async Task<string[]> PlanAsync(StorageDatabase database, string sql) =>
    [
        .. await database.WriteAsync("planning", session => session.Query(
            "EXPLAIN QUERY PLAN " + sql.Replace("@now", "0", StringComparison.Ordinal), static row => row.GetString(3))),
    ];
}
