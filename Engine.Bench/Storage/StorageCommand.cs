using System.CommandLine;
using Engine.Bench.Support;

namespace Engine.Bench.Storage;

/// <summary>Measures what is durable.</summary>
internal static class StorageCommand
{
    public static Command Create()
    {
        var seconds = new Option<int>("--seconds") { DefaultValueFactory = static _ => 3, Description = "Seconds of each round." };
        var rounds = new Option<int>("--rounds") { DefaultValueFactory = static _ => 5, Description = "Rounds; the median counts." };
        var writers = new Option<int>("--writers") { DefaultValueFactory = static _ => 64, Description = "Writers at the same time." };
        var folder = new Option<string?>("--folder") { Description = "Where the database is; by default a temporary folder." };
        var command = new Command("storage", "The event store on SQLite: durable rows per second.") { seconds, rounds, writers, folder };
        command.SetAction(arguments => CommandRun.Guard(() =>
        {
            EventStoreSection.RunAsync(
                TimeSpan.FromSeconds(Math.Max(1, arguments.GetValue(seconds))), Math.Max(1, arguments.GetValue(rounds)),
                Math.Max(1, arguments.GetValue(writers)), arguments.GetValue(folder)).GetAwaiter().GetResult();
            return 0;
        }));
        return command;
    }
}
