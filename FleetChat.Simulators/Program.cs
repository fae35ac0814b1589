using System.Runtime.InteropServices;
using System.Text.Json;
using System.Text.Json.Serialization;
using FleetChat.Simulators;
using FleetChat.Simulators.Hosting;

CommandLine line;
try
{
    line = CommandLine.Parse(args);
}
catch (FormatException wrong)
{
    await Console.Error.WriteLineAsync($"{wrong.Message}\n\n{CommandLine.Usage}");
    return 2;
}

var end = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
using var terminated = PosixSignalRegistration.Create(PosixSignal.SIGTERM, End);
using var interrupted = PosixSignalRegistration.Create(PosixSignal.SIGINT, End);

await using var simulators = await RunningSimulators.StartAsync(line.Options, CancellationToken.None);

Console.WriteLine(JsonSerializer.Serialize(new Addresses(simulators.Samsara, simulators.WhatsApp, simulators.Stripe), SimulatorJson.Control));
if (line.UntilStdinCloses)
    _ = Task.Run(WaitForStdin);
await end.Task;
return 0;

void End(PosixSignalContext signal)
{
    signal.Cancel = true;
    end.TrySetResult();
}

async Task WaitForStdin()
{
    while (await Console.In.ReadLineAsync() is not null)
    {
    }
    end.TrySetResult();
}

internal sealed record Addresses(
    [property: JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)] Uri? Samsara,
    [property: JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull), JsonPropertyName("whatsapp")] Uri? WhatsApp,
    [property: JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)] Uri? Stripe);
