using System.CommandLine;
using Engine.Bench.DiagnosticsCost;
using Engine.Bench.Gate;
using Engine.Bench.Gate.Counting;
using Engine.Bench.Gate.Measuring;
using Engine.Bench.Quick;

var root = new RootCommand("Measures the engine. Run it on a quiet machine: any other busy process changes two-thread figures.");
root.Add(QuickCommand.Create());
root.Add(GateCommand.Create());
root.Add(OneCoreSection.CreateChild());
root.Add(DiagnosticsCostCommand.Create());
root.Add(EventPipeSession.CreateChild());
root.Add(MeasureCommand.Create());
root.Add(CountCommand.Create());
return root.Parse(args).Invoke();
