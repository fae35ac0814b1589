using FleetChat.Core.Drivers;

namespace FleetChat.Tests.Drivers;

public sealed class PhoneNumberTests
{
    [Theory]
    [InlineData("5558234327", "US", "+15558234327")]
    [InlineData("(555) 823-4327", "US", "+15558234327")]
    [InlineData("+49 30 1234567", "US", "+49301234567")]
    [InlineData("030 1234567", "DE", "+49301234567")]
    public void A_rosters_number_is_read_in_the_companys_country(string text, string region, string e164)
    {
        Assert.True(PhoneNumber.TryParse(text, region, out var number));
        Assert.Equal(e164, number.E164);
    }

    [Theory]
    [InlineData(null)]
    [InlineData("")]
    [InlineData("555-0123-ext-what")]
    [InlineData("call Bob")]
    [InlineData("12")]
    public void What_is_no_number_is_refused(string? text) => Assert.False(PhoneNumber.TryParse(text, "US", out _));

    [Theory]
    [InlineData("15558234327", "+15558234327")]
    [InlineData("+15558234327", "+15558234327")]
    [InlineData("", null)]
    [InlineData(null, null)]
    [InlineData("US.13491208655302741918", null)]
    public void WhatsApps_digits_are_read_as_they_are(string? digits, string? e164) => Assert.Equal(e164, PhoneNumber.FromWhatsApp(digits)?.E164);

    [Fact]
    public void A_number_in_a_log_line_is_masked()
    {
        PhoneNumber.TryParse("+15558234327", "US", out var number);

        Assert.Equal("+…4327", $"{number}");
    }
}
