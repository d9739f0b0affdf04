using System.CommandLine;
using Engine.Bench.Support;
using Engine.Tooling;

namespace Engine.Bench.Chaos;

/// <summary>Breaks things on purpose, and compares what is left with what was confirmed.</summary>
internal static class ChaosCommand
{
    public static Command Create()
    {
        var seed = new Option<int>("--seed") { Description = "What chance makes of it.", HelpName = "S", DefaultValueFactory = _ => 1 };
        var power = new Command("power", "power")
        {
            seed,
        };
        var rounds = new Option<int>("--rounds") { DefaultValueFactory = _ => 100 };
        power.Add(rounds);
        power.SetAction(parsed =>
        {
            var totals = new PowerLossTotals();
            long start = Environment.TickCount64;
            int first = parsed.GetValue(seed);
            foreach (string problem in Enumerable.Range(first, parsed.GetValue(rounds)).SelectMany(one => PowerLossTrial.Run(one, totals)).Take(30))
                Console.WriteLine(problem);
            Console.WriteLine($"{totals} {Environment.TickCount64 - start} ms");
            return 0;
        });
        return new Command("chaos", "Breaks things on purpose.") { power };
    }
}
