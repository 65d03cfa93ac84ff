"""What an account holds, held against what our trades explain: found, asked about, booked."""
